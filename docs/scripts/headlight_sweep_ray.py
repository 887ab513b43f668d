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
    code = subprocess.run(command, stdin=subprocess.DEVNULL).returncode
    if code == 75 or code < 0:  # trying again helps, or it was killed
        time.sleep(1)
        raise TryAgain(f"exit code {code}")
    return code


with open(os.path.join(asked.directory, "sweep.json")) as plan:
    runs = json.load(plan)["runs"]
ray.init(num_cpus=asked.workers, log_to_driver=False, include_dashboard=False)
tasks = {}
for run in runs:
    command = [asked.headlight, "sweep", "--run", asked.directory, str(run["number"])]
    tasks[run["number"]] = train.options(num_cpus=run["config"].get("threads", 1)).remote(command)
failed = 0
for number, task in tasks.items():
    try:
        code = ray.get(task)
    except (TryAgain, ray.exceptions.RayError) as error:
        code = f"{type(error).__name__}: {error}".splitlines()[-1]
    if code != 0:
        print(f"run {number}: {code}", file=sys.stderr)
        failed = 1
sys.exit(failed)
