# The session service. Build from the top of the repository, after `mvn package -DskipTests`:
#
#   docker build -f deploy/docker/session-service.Dockerfile -t trunkline/session-service .
#
# BASE is any image with a JRE 25 in /opt/java/openjdk, and bash. DATABASE is a Debian with the
# programs of Postgres on its PATH; nothing of it is in the image that comes out.
ARG BASE=eclipse-temurin:25-jre
ARG DATABASE=postgres:18
FROM ${BASE} AS base

# What the JVM learns in a run of the real program it need not find out again at each start. The
# program starts with a database only, so the run is here.
FROM ${DATABASE} AS trained
USER root
ENV PATH=/opt/java/openjdk/bin:$PATH
COPY --from=base /opt/java/openjdk /opt/java/openjdk
WORKDIR /opt/trunkline
COPY session-verticle/target/session-verticle.jar deploy/docker/jvm.args deploy/docker/health \
     deploy/docker/train deploy/docker/train-with-postgres ./
RUN bash train-with-postgres session-verticle

# The archive fits this jar, its date too, and this JRE; beside others the JVM goes without. So all
# of it comes from there.
FROM base
COPY --from=trained /opt/trunkline /opt/trunkline
WORKDIR /opt/trunkline

ARG VERSION=0.1.0-SNAPSHOT
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Trunkline session service" \
      org.opencontainers.image.description="Sessions, message types, and the log in Postgres" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# A number, so that Kubernetes' runAsNonRoot can see that it is not root. It owns nothing here.
USER 10001:10001
EXPOSE 9090

# Not readiness: whoever starts unhealthy containers anew must not do so because Postgres is away.
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=6 \
  CMD ["bash", "/opt/trunkline/health", "live"]

# java is process 1 and gets SIGTERM itself.
ENTRYPOINT ["java", "@/opt/trunkline/jvm.args", \
            "-XX:AOTCache=/opt/trunkline/session-verticle.aot", \
            "-jar", "/opt/trunkline/session-verticle.jar"]
