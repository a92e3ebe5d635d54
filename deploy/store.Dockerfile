# The object store of compose.yaml: Ceph's monitor, storage daemon and S3 gateway, from Debian's packages.
FROM debian:bookworm-slim
RUN ["apt-get", "update", "-qq"]
RUN ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "ceph-mon", "ceph-osd", "radosgw", "curl"]
COPY deploy/store.sh /usr/local/bin/store.sh
RUN ["install", "-d", "-o", "ceph", "-g", "ceph", "-m", "0750", "/var/lib/store"]
USER ceph
EXPOSE 9000
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=6 \
    CMD ["curl", "-sf", "-o", "/dev/null", "--max-time", "4", "http://127.0.0.1:9000/"]
CMD ["sh", "/usr/local/bin/store.sh"]
