"""The OpenAPI document of all routes, and a page on which it can be read."""

from streamd.edge.http.openapi._document import openapi_document
from streamd.edge.http.openapi._routes import document_operations

__all__ = ["document_operations", "openapi_document"]
