FROM python:3.12-slim-bookworm

ENV PYTHONUNBUFFERED=1 UV_PYTHON_DOWNLOADS=never

# The libraries and fonts of ./run; see requirements/machine.py.
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk fonts-lxgw-wenkai \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app

COPY requirements/bootstrap.txt requirements/runtime.lock requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/bootstrap.txt \
 && uv pip sync --system --require-hashes --compile-bytecode --no-cache requirements/runtime.lock

COPY . .

ENV BIND=0.0.0.0:8000 DATA_DIR=/data STATIC_ROOT=/app/collected HOME=/tmp XDG_CACHE_HOME=/tmp/cache

# Settings ask for these three; collectstatic uses none of them, and the image keeps none of them.
RUN SECRET_KEY=only-while-building FIELD_KEYS_FILE=/dev/null DATABASE_URL=postgresql://justice_app@/justice \
      python manage.py collectstatic --no-input \
 && python -m compileall -q justice_portal offices casework mediation reports \
 && useradd --system --uid 10001 --no-create-home portal \
 && install -d -o portal -g portal -m 0700 /data

USER portal
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "-c", "python:justice_portal.gunicorn_settings", "justice_portal.wsgi:application"]
