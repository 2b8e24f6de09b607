"""Plans, access and usage, for machines."""

from .access import router as access
from .catalogue import router as catalogue
from .usage import router as usage

routers = (catalogue, access, usage)
