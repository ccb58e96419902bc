"""A task that was run ends by itself, and says with which exit code.

Neither emulator runs a container here, so neither ends a task. By AWS's documentation (ECS DescribeTasks, task
lifecycle) a task whose essential container exits becomes STOPPED with `stopCode` EssentialContainerExited, and the
container has an `exitCode`. What stands in for running it is the container's command, its last argument above all:
- `exit N` at its end exits with N, and the command `false` with 1;
- `sleep N` lasts N seconds, and `sleep infinity` until StopTask;
- anything else exits with 0 after SHORT seconds.

DescribeTasks also reports a task that does not exist under `failures`, as AWS does.
"""

import re
import threading
import time

SHORT = 0.5
EXIT = re.compile(r"\bexit (\d+)\s*$")
SLEEP = re.compile(r"\bsleep (\d+|infinity)\b")

# (scope, task's ARN) -> when each container ends, and how.
running = {}
ended = {}
lock = threading.Lock()


def answer(request, upstream):
    end_due_tasks(request, upstream)
    response = upstream(request)
    if not response.ok:
        return response
    if request.target == "RunTask":
        note_tasks(request, response.json, upstream)
    elif request.target == "StopTask":
        with lock:
            running.pop((request.scope, response.json["task"]["taskArn"]), None)
    elif request.target == "DescribeTasks":
        return response.with_json(described(request, response.json))
    return response


def note_tasks(request, answer, upstream):
    asked = request.json
    found = upstream(request.with_operation("DescribeTaskDefinition", {"taskDefinition": asked["taskDefinition"]}))
    commands = {
        container["name"]: container.get("command") or []
        for container in found.json.get("taskDefinition", {}).get("containerDefinitions", [])
    }
    for override in (asked.get("overrides") or {}).get("containerOverrides") or []:
        if override.get("command"):
            commands[override["name"]] = override["command"]
    lasts = max([duration(command) for command in commands.values()], default=SHORT)
    codes = {name: exit_code(command) for name, command in commands.items()}
    with lock:
        for task in answer.get("tasks", []):
            running[(request.scope, task["taskArn"])] = (time.monotonic() + lasts, codes)


def duration(command):
    found = SLEEP.search(" ".join(command))
    return SHORT if found is None else float(found[1])


def exit_code(command):
    text = " ".join(command)
    found = EXIT.search(text)
    if found:
        return int(found[1])
    return 1 if text == "false" else 0


def end_due_tasks(request, upstream):
    """Stops in the emulator what has run its time, so that its own lists and counts agree."""
    now = time.monotonic()
    with lock:
        due = [key for key, (end, _) in running.items() if key[0] == request.scope and end <= now]
        for key in due:
            ended[key] = running.pop(key)[1]
    for _, arn in due:
        cluster = arn.split("/")[-2]
        upstream(request.with_operation("StopTask", {"cluster": cluster, "task": arn}))


def described(request, answer):
    for task in answer.get("tasks", []):
        codes = ended.get((request.scope, task["taskArn"]))
        if codes is None:
            continue
        task.update(
            lastStatus="STOPPED",
            desiredStatus="STOPPED",
            stopCode="EssentialContainerExited",
            stoppedReason="Essential container in task exited",
        )
        for container in task.get("containers", []):
            container.update(lastStatus="STOPPED", exitCode=codes.get(container.get("name"), 0))
    known = {task["taskArn"].rpartition("/")[2] for task in answer.get("tasks", [])}
    failures = answer.setdefault("failures", [])
    known |= {failure.get("arn", "").rpartition("/")[2] for failure in failures}
    for asked in request.json.get("tasks", []):
        if asked.rpartition("/")[2] not in known:
            account, region = request.scope
            arn = asked if asked.startswith("arn:") else f"arn:aws:ecs:{region}:{account}:task/{asked}"
            failures.append({"arn": arn, "reason": "MISSING"})
    return answer
