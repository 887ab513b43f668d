"""Trains the runs of a sweep as tasks of Ray: headlight_sweep_ray.py DIR [--headlight PROGRAM] [--workers N] [--retries N].

Starts Ray on this machine, or joins the cluster that RAY_ADDRESS or `ray start` names, whose machines must see DIR under the same path.
"""
import argparse
import json
import os
import subprocess
import sys
import time

import ray

parser = argparse.ArgumentParser()
parser.add_argument("directory", type=os.path.abspath)
parser.add_argument("--headlight", default="headlight", help="the program, on every machine")
parser.add_argument("--workers", type=int, help="runs at a time, where Ray is started here")
parser.add_argument("--retries", type=int, default=3)
asked = parser.parse_args()


class TryAgain(Exception):
    pass


@ray.remote(max_retries=asked.retries, retry_exceptions=[TryAgain])  # Ray tries a lost machine's tasks again elsewhere
def train(command):
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
    code, said = ended.returncode, ended.stderr.strip().splitlines()[-1:]
    reason = ": ".join([f"exit code {code}", *said])
    if code == 75 or code < 0:  # a retry may succeed, or it was killed
        time.sleep(1)
        raise TryAgain(reason)
    return reason if code else None


def has_outcome(run):
    here = os.path.join(asked.directory, run["directory"])
    try:
        with open(os.path.join(here, "result.json")) as file:
            result = json.load(file)
        return result["solved"] or result["steps"] >= run["config"]["training"]["max_steps"]
    except (OSError, ValueError):
        return os.path.exists(os.path.join(here, "failure.json"))


with open(os.path.join(asked.directory, "sweep.json")) as plan:
    runs = [run for run in json.load(plan)["runs"] if not has_outcome(run)]
threads = max((run["config"]["threads"] for run in runs), default=1)
ray.init(num_cpus=asked.workers and asked.workers * threads, log_to_driver=False, include_dashboard=False)
tasks = {}
for run in runs:
    command = [asked.headlight, "sweep", "--run", asked.directory, str(run["number"])]
    tasks[run["number"]] = train.options(num_cpus=run["config"]["threads"]).remote(command)
failed = 0
for number, task in tasks.items():
    try:
        reason = ray.get(task)
    except (TryAgain, ray.exceptions.RayError) as error:
        reason = str(error).splitlines()[-1]
    if reason:
        print(f"run {number}: {reason}", file=sys.stderr)
        failed = 1
sys.exit(failed)
