"""What somebody no longer wants to hold is forgotten, and only that."""

from pathlib import Path

from tests.end_to_end.test_memories import texts
from tests.support.daemon import running
from tests.support.following import follow


async def test_a_withdrawn_preference_is_forgotten_and_others_stay(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client(user_id="ann") as ann:
        said = [
            "I avoid suppliers from China and Russia",
            "I prefer suppliers from Europe",
            "Remember that I like tea",
            "Remember that we are closed on Fridays",
            "I no longer avoid suppliers from China",
            "Forget that I like tea",
            "I no longer prefer suppliers from Asia",
        ]
        for number, one in enumerate(said):
            await follow(ann, str(number), type="user_request", user_input=one)
        assert sorted(await texts(ann, kinds=["preference"])) == [
            "avoids suppliers from Russia", "prefers suppliers from Europe", "we are closed on Fridays",
        ]  # fmt: skip
        await follow(ann, "all", type="user_request", user_input="Forget all my preferences")
        assert await texts(ann, kinds=["preference"]) == []
