"""Who the user is: configuration, addresses given as URLs, and where secrets live."""
