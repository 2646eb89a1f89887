# Two images: `web` (pages, API, and the worker `default`) without the engine, `gpu` with it.
#   docker build --target web -t labelhub-web .        docker build --target gpu -t labelhub-gpu .

FROM node:24-bookworm-slim AS front
WORKDIR /src
COPY package.json package-lock.json .npmrc tsconfig.json ./
RUN npm ci --no-audit --no-fund
COPY static ./static
COPY templates ./templates
RUN npm run build

FROM python:3.11-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/labelhub
RUN useradd --create-home --uid 10001 labelhub && install -d -o labelhub -g labelhub /data
COPY pyproject.toml README.md ./
RUN pip install '.[s3]'
ENV LABELHUB_DATA_DIR=/data DJANGO_SETTINGS_MODULE=labelhub.settings
VOLUME /data
EXPOSE 8000

FROM base AS web
COPY . .
COPY --from=front /src/static/dist ./static/dist
RUN for domain in django djangojs; do pybabel --quiet compile --use-fuzzy --domain $domain --directory locale || true; done
USER labelhub
ENV MALLOC_ARENA_MAX=2
CMD ["python", "-m", "uvicorn", "labelhub.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--lifespan", "off", \
     "--timeout-graceful-shutdown", "3", "--no-access-log", "--ws-per-message-deflate", "false"]

FROM base AS gpu
# What OpenCV, which the detector imports, links against.
RUN apt-get update && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 && rm -rf /var/lib/apt/lists/*
RUN pip install '.[engine,s3]'
COPY . .
USER labelhub
CMD ["python", "manage.py", "worker", "gpu"]
