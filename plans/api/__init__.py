"""Plans, access and usage, for machines."""

from .access import router as access
from .charges import router as charges
from .drafts import router as catalogue
from .events import router as events
from .meters import router as meters
from .previews import router as previews
from .replays import router as replays
from .stories import router as stories
from .usage import router as usage

routers = (catalogue, charges, previews, access, usage, events, stories, replays, meters)
