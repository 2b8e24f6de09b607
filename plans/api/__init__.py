"""Plans, access and usage, for machines."""

from .access import router as access
from .catalogue import router as catalogue
from .meters import router as meters
from .replays import router as replays
from .stories import router as stories
from .usage import router as usage

routers = (catalogue, access, usage, stories, replays, meters)
