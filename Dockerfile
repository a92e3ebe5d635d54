# Two stages on Debian 12. Every RUN is a step of deploy/image.sh, which also runs without a container engine.
#   docker build -t clearway .
# Behind a mirror: --build-arg PIP_INDEX_URL=... for Python's packages.

FROM debian:bookworm-slim AS build
ARG PIP_INDEX_URL
COPY deploy/image.sh /source/deploy/image.sh
RUN ["sh", "/source/deploy/image.sh", "tools"]
COPY . /source
RUN ["sh", "/source/deploy/image.sh", "build"]

FROM debian:bookworm-slim
COPY deploy/image.sh deploy/healthcheck.py /usr/local/lib/clearway/
RUN ["sh", "/usr/local/lib/clearway/image.sh", "system"]
COPY --from=build /opt/clearway /opt/clearway
ENV PATH=/opt/clearway/current/bin:/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CLEARWAY_HOST=0.0.0.0 \
    CLEARWAY_PORT=8000
USER 10001:10001
WORKDIR /var/lib/clearway
EXPOSE 8000
STOPSIGNAL SIGTERM
# Whether the process lives. An engine that ends what is unhealthy must not do so because the database is away.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=4 \
    CMD ["python3", "-I", "/usr/local/lib/clearway/healthcheck.py", "/health/live"]
ENTRYPOINT ["clearway"]
CMD ["serve"]
