"""The AWS stacks, in order: ``python -m infra.stacks deploy [STACK|practices|PRACTICE ...] --settings FILE``; without names, all.

A template's parameter comes from the settings file, from the outputs of the stacks before it, from the rulebook (how
long records are kept) or, for a practice's stack, from its folder's name. Every change is CloudFormation's: run again, nothing
changes.
"""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from flows.rulebook import retention
from flows.rulebook.read import read
from flows.settings import tenants_folder
from flows.tenancy import practice_slugs

HOME = Path(__file__).parent / "aws"
ORDER = ("storage", "database", "services", "alarms")
PRACTICE = "ccm-practice-"
_DAYS = 366  # a year's days at most: the lock ends first


class StackError(Exception):
    """A stack that was not deployed; the text is one line: which, what is wrong, how to mend."""


def from_rulebook() -> dict[str, str]:
    """The parameters that rules decide."""
    years = retention.longest(read().blocks["retention.toml", "version"])
    return {"RetentionYears": str(years), "NoncurrentDays": str(years * _DAYS)}


class Stacks:
    """The account's stacks. Every method raises StackError."""

    def __init__(self, settings: Mapping[str, str], cloudformation: Any) -> None:
        self._aws = cloudformation
        self._known = dict(settings) | from_rulebook()

    def deploy(self, name: str) -> str:
        """Create or update one of ``ORDER`` and take its outputs along. Says what came of it: created, updated, unchanged."""
        return self._deploy(f"ccm-{name}", name, {})

    def deploy_practice(self, slug: str) -> str:
        """Create or update a practice's key and role."""
        return self._deploy(PRACTICE + slug, "practice", {"Slug": slug})

    def learn(self, name: str) -> None:
        """Take along the outputs of a stack that is there already."""
        with _Told(f"ccm-{name}"):
            (found,) = self._aws.describe_stacks(StackName=f"ccm-{name}")["Stacks"]
        told = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}
        self._known = told | self._known

    def _deploy(self, stack: str, file: str, own: Mapping[str, str]) -> str:
        known, body = self._known | own, (HOME / f"{file}.yaml").read_text(encoding="utf-8")
        with _Told(stack):
            asked = self._aws.get_template_summary(TemplateBody=body)["Parameters"]
        missing = [each["ParameterKey"] for each in asked if each["ParameterKey"] not in known and "DefaultValue" not in each]
        if missing:
            raise StackError(f"{stack}: {', '.join(missing)} not known; add to the settings file, or deploy the stack before it")
        request = {
            "StackName": stack,
            "TemplateBody": body,
            "Parameters": [
                {"ParameterKey": name, "ParameterValue": known[name]}
                for name in (each["ParameterKey"] for each in asked)
                if name in known
            ],
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
        }
        came = self._create_or_update(request)
        if file != "practice":
            self.learn(file)
        return came

    def _create_or_update(self, request: dict[str, Any]) -> str:
        stack = request["StackName"]
        with _Told(stack):
            try:
                self._aws.create_stack(**request, EnableTerminationProtection=True)
                came, waiter = "created", "stack_create_complete"
            except self._aws.exceptions.AlreadyExistsException:
                try:
                    self._aws.update_stack(**request)
                except ClientError as error:
                    if "No updates" in str(error):
                        return "unchanged"
                    raise
                came, waiter = "updated", "stack_update_complete"
            self._aws.get_waiter(waiter).wait(StackName=stack, WaiterConfig={"Delay": 10, "MaxAttempts": 360})
        return came


class _Told:
    """AWS's exceptions as one line each."""

    def __init__(self, stack: str) -> None:
        self._stack = stack

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, WaiterError):
            raise StackError(
                f"{self._stack}: CloudFormation rolled it back; aws cloudformation describe-stack-events says why"
            ) from None
        if isinstance(error, ClientError | BotoCoreError):
            raise StackError(f"{self._stack}: AWS refused or did not answer: {' '.join(str(error).split())}") from None


def _asked(names: Sequence[str], slugs: Sequence[str]) -> tuple[list[str], list[str]]:
    """The stacks of ``ORDER`` and the practices that the names ask for."""
    if not names:
        return list(ORDER), list(slugs)
    unknown = [name for name in names if name not in (*ORDER, *slugs, "practices")]
    if unknown:
        raise StackError(
            f"{unknown[0]}: no stack and no practice; use {', '.join((*ORDER, 'practices'))} or a folder below tenants/"
        )
    wanted = list(slugs) if "practices" in names else [slug for slug in slugs if slug in names]
    return [name for name in ORDER if name in names], wanted


def main(arguments: Sequence[str], cloudformation: Any = None) -> int:
    """Deploy what is asked for, one line a stack. 0 done, 2 not possible as set up."""
    parser = argparse.ArgumentParser(prog="python -m infra.stacks", description="The AWS stacks of infra/aws, in their order.")
    parser.add_argument("action", choices=["deploy"])
    parser.add_argument("names", nargs="*", help=f"{', '.join(ORDER)}, practices, or a practice's name; all without one")
    parser.add_argument("--settings", type=Path, required=True, help="a TOML file, as infra/aws/example.toml")
    given = parser.parse_args(arguments)
    try:
        stacks, slugs = _asked(given.names, practice_slugs(tenants_folder(os.environ)))
        held = {name: str(value) for name, value in tomllib.loads(given.settings.read_text(encoding="utf-8")).items()}
        account = Stacks(held, cloudformation or boto3.client("cloudformation"))
        for name in ORDER:
            if name in stacks:
                print(f"ccm-{name}: {account.deploy(name)}")
            elif slugs or any(later in stacks for later in ORDER[ORDER.index(name) :]):
                account.learn(name)
        for slug in slugs:
            print(f"{PRACTICE}{slug}: {account.deploy_practice(slug)}")
    except (StackError, BotoCoreError, tomllib.TOMLDecodeError, OSError) as error:
        print(f"stacks: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
