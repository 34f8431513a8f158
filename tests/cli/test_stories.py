"""Whole sessions with the tool, as a user meets it. DECLARATIVE_STORIES=write writes the answers anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from story_file import Command, read_story, story_text
from story_person import Person, new_folder

WRITES = os.environ.get("DECLARATIVE_STORIES") == "write"
STORIES = sorted((Path(__file__).parent / "stories").glob("*.story"))


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_story(file: Path, user: pytest.MonkeyPatch) -> None:
    story = read_story(file.read_text())
    told = read_story(file.read_text())
    with new_folder() as folder:
        user.chdir(folder)
        person = Person(folder, user.setenv)
        for part in told:
            answer = person.do(part)
            if isinstance(part, Command):
                part.answer = answer
    if WRITES:
        file.write_text(story_text(told))
    else:
        assert story_text(told) == story_text(story)


def test_there_are_stories() -> None:
    assert STORIES
