#!/bin/sh
# Vectors over HTTP; the server was started with -http_port 8125.
set -eu
service=${1:-http://127.0.0.1:8125}

curl --fail-with-body --silent --show-error --compressed "$service/encode" \
  --header 'Content-Type: application/json' \
  --data '{"id": 1, "texts": ["hello world", "good day!"]}'
echo
curl --fail-with-body --silent --show-error "$service/status/server"
echo
