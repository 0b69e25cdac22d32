#!/bin/bash
# Asks the broker for its metadata; healthy when it counts itself in. Kafka's own tools would cost a JVM every 3 seconds.
exec 3<>/dev/tcp/127.0.0.1/9092 || exit 1
# Metadata v1 without topics: size, api key 3, version, correlation id, no client id, no topics
printf '\0\0\0\016\0\003\0\001\0\0\0\001\377\377\0\0\0\0' >&3
# size, correlation id, number of brokers
read -ra answer < <(timeout 4 head -c 12 <&3 | od -An -tu1 | tr '\n' ' ')
[[ ${#answer[@]} == 12 && ${answer[11]} -gt 0 ]] && echo "${answer[11]} brokers"
