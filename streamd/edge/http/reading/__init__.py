"""Requests as they come from clients, and answers as old clients want them."""

from streamd.edge.http.reading.answer_transports import UnchunkedWriter
from streamd.edge.http.reading.problem_details import PROBLEM, problem_body, title_of
from streamd.edge.http.reading.request_reader import CONNECTION, RequestReader

__all__ = ["CONNECTION", "PROBLEM", "RequestReader", "UnchunkedWriter", "problem_body", "title_of"]
