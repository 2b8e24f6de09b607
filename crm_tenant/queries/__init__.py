"""Named reads of workspaces. What reads records is called inside of `tenancy.inside(...)`."""
