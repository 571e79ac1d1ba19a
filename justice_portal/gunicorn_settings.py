"""How gunicorn serves the portal, in ./run and in production alike (``-c python:justice_portal.gunicorn_settings``)."""

import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 10
keepalive = 15
# A worker is renewed now and then, so that a slow leak never becomes a night call; not all at once.
max_requests = 5000
max_requests_jitter = 500
# The heartbeat file on a real disk can block for seconds and get a healthy worker killed.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
# %(U)s is the path without the query string, and there is no referrer: what people search for is not logged.
accesslog = "-"
access_log_format = '%(h)s %(t)s "%(m)s %(U)s" %(s)s %(b)s %(M)sms'
control_socket_disable = True
