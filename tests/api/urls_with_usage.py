"""The API with the router of a package that is not there yet."""

from django.urls import include, path
from ninja import Router

from provider.api.api.root import compose
from provider.kernel.machine_doors import any_key, scope

router = Router(tags=["Usage"])


@router.get("/usage", response=dict)
@any_key
def read_usage(request):
    return {"events": 3}


@router.post("/usage", response=dict)
@scope("usage:write")
def record_usage(request):
    return {}


urlpatterns = [path("api/v1/", include((compose(router).urls[0], "api")))]
