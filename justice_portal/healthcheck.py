"""``python -m justice_portal.healthcheck``: exit 0 when the web process is well, 1 with the reason when it is not."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import sys

TIMEOUT = 5.0


def reason_for_alarm(address: str, oldest_job: float | None) -> str:
    """Ask /healthz at ``host:port``; return what is wrong, or nothing.

    ``oldest_job``: the greatest age of an open job in seconds that is still well.
    """
    # The request looks like one that came through the proxy; a bare one would be refused or sent to https.
    host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".") or "127.0.0.1"
    connection = http.client.HTTPConnection(address, timeout=TIMEOUT)
    try:
        connection.request("GET", "/healthz", headers={"Host": host, "X-Forwarded-Proto": "https"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            return f"/healthz answered {answer.status}"
        age = json.loads(body).get("oldest_open_job_seconds") or 0
    except (OSError, http.client.HTTPException, ValueError) as error:
        return f"/healthz did not answer: {error}"
    finally:
        connection.close()
    return f"the oldest open job has waited {age:.0f} s" if oldest_job is not None and age > oldest_job else ""


def main() -> int:
    """Read the options, ask, and answer in the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="127.0.0.1:8000", metavar="HOST:PORT")
    parser.add_argument("--oldest-job", type=float, metavar="SECONDS")
    options = parser.parse_args()
    reason = reason_for_alarm(options.address, options.oldest_job)
    if reason:
        sys.stderr.write(f"{reason}\n")
    return 1 if reason else 0


if __name__ == "__main__":
    sys.exit(main())
