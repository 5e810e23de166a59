# One image for the action, the command line and the bot.
# The base is pinned by digest; mirrors and tests may name another one that has python3, venv and pip.
ARG PYTHON_IMAGE=python:3.13-slim-bookworm@sha256:01f42367a0a94ad4bc17111776fd66e3500c1d87c15bbd6055b7371d39c124fb

FROM ${PYTHON_IMAGE} AS build
WORKDIR /app
COPY requirements/runtime.txt requirements/
RUN python3 -m venv --without-pip venv \
 && python3 -m pip --python venv/bin/python install --no-cache-dir --disable-pip-version-check \
      --no-compile --require-hashes --only-binary=:all: -r requirements/runtime.txt \
 && printf '#!/app/venv/bin/python -P\nfrom shipway.cli import main\n\nmain()\n' > venv/bin/shipway \
 && chmod 755 venv/bin/shipway \
 && echo /app/src > "$(venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/shipway.pth"
COPY src src
COPY workflows workflows
# Byte code that names its source by hash, not by time, is the same in every build and needs no check.
RUN python3 -m compileall -q --invalidation-mode unchecked-hash venv src

FROM ${PYTHON_IMAGE}
# hadolint ignore=DL3008 # Debian keeps one version of git for the release that the base's digest names
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* /var/log/* /var/cache/apt/*.bin /var/cache/debconf/*-old \
      /var/cache/ldconfig/aux-cache \
# The repository that is mounted is the one that was asked for, whoever owns its files.
 && git config --system --add safe.directory '*'
COPY --from=build /app /app
ENV PATH=/app/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /work
ENTRYPOINT ["shipway"]
CMD ["--help"]
