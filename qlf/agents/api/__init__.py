"""The api agent: the OpenAPI document that is the application's contract."""
