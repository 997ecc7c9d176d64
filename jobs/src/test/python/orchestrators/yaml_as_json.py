"""Reads the documents of a YAML file, and prints them as a list in JSON.

    yaml_as_json.py FILE [--argo]

With --argo each must be what Hera's models of Argo's manifests make of it, with nothing lost: a key that they do not know is an error.
"""

import json
import sys

import yaml


def known(document):
    from hera.workflows import models

    model = getattr(models, document["kind"])
    made = model.model_validate(document).model_dump(mode="json", by_alias=True, exclude_none=True)
    return lost(document, made, document["kind"])


def lost(given, made, where):
    if isinstance(given, dict):
        return [
            problem
            for key in given
            for problem in (
                lost(given[key], made[key], f"{where}.{key}")
                if isinstance(made, dict) and key in made
                else [f"{where}.{key}"]
            )
        ]
    if isinstance(given, list):
        if not isinstance(made, list) or len(given) != len(made):
            return [where]
        return [
            problem
            for index, (one, other) in enumerate(zip(given, made))
            for problem in lost(one, other, f"{where}[{index}]")
        ]
    # A number may be a text to them, and a text a number.
    return [] if str(given) == str(made) else [f"{where}: {given!r} is {made!r}"]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        documents = list(yaml.safe_load_all(file))
    if "--argo" in sys.argv:
        problems = [problem for document in documents for problem in known(document)]
        if problems:
            sys.exit("not known to Argo's models: " + ", ".join(problems))
    # `on` is a truth to YAML 1.1, and a name to GitHub.
    print(json.dumps([{("on" if key is True else key): of for key, of in document.items()} for document in documents]))


if __name__ == "__main__":
    main()
