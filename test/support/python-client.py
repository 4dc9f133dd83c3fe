"""What a user of Debian's python3-kubernetes may run: python3 python-client.py OPERATION KUBECONFIG NAMESPACE.

Prints `ready` once it is under way. Errors are left to Python, as in most scripts.
"""

import sys

import yaml

from kubernetes import client, config, watch
from kubernetes.stream import portforward, stream

operation, kubeconfig, namespace = sys.argv[1:4]
config.load_kube_config(kubeconfig)
core = client.CoreV1Api()


def ready():
    print("ready", flush=True)


def run_command(call, name, **options):
    answer = stream(
        call, name, namespace, stderr=True, stdin=True, stdout=True, tty=False, _preload_content=False, **options
    )
    ready()
    answer.run_forever()
    status = yaml.safe_load(answer.read_channel(3))
    print(f"{status['status']}: {status['message']}")
    sys.exit(0 if status["status"] == "Success" else 1)


if operation == "list":
    core.list_namespaced_pod(namespace)
elif operation == "watch":
    for event in watch.Watch().stream(core.list_namespaced_pod, namespace):
        ready()
elif operation == "log":
    for line in core.read_namespaced_pod_log("busy", namespace, follow=True, _preload_content=False).stream():
        ready()
        print(line.decode(), end="")
elif operation == "exec":
    run_command(core.connect_get_namespaced_pod_exec, "busy", command=["sh", "-c", "cat"])
elif operation == "attach":
    run_command(core.connect_get_namespaced_pod_attach, "echo")
elif operation == "port-forward":
    forward = portforward(core.connect_get_namespaced_pod_portforward, "busy", namespace, ports="8080")
    socket = forward.socket(8080)
    # The beginning of a request, for the rest of which the pod waits.
    socket.sendall(b"GET / HTTP/1.1\r\n")
    ready()
    print("received", socket.recv(1000), "error:", forward.error(8080))
