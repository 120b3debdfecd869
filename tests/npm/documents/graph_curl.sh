# From the document on graph streaming that the clients come with, as it stands.
curl -X POST http://localhost:2024/runs/stream \
  -H "Content-Type: application/json" \
  -d '{"thread_id":"test123","message":"write about AI","use_hitl":true}'
