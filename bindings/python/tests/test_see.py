"""`dump`, `trace`, `counters`, reports, and who runs (O1-O4)."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path
from typing import Any

import pytest

import roost


async def wait_for_ever() -> None:
    await roost.sleep_forever()


class TestDumps:
    @pytest.mark.parametrize("form", ["text", "json", "graphviz"])
    def test_O1_each_form_names_what_is_alive(self, form: Any) -> None:
        async def main() -> None:
            async with roost.create_task_group(name="orchard") as group:
                group.start_soon(wait_for_ever, name="Äpfel")
                await roost.checkpoint()
                dumps.append(roost.dump(format=form))
                group.cancel()

        dumps: list[str] = []
        roost.run(main, clock="virtual")
        [said] = dumps
        assert "orchard" in said
        assert "Äpfel" in said

    def test_O1_a_node_is_dumped_with_what_is_in_it(self) -> None:
        async def main() -> list[list[str]]:
            async with roost.create_task_group(name="orchard") as group:
                task = group.start_soon(wait_for_ever, name="apple")
                with roost.CancelScope(name="ladder") as scope:
                    await roost.checkpoint()
                    dumps = [roost.dump(node, "json") for node in (group, task, scope)]
                group.cancel()
            return [[node["name"] for node in json.loads(dump)["nodes"]] for dump in dumps]

        group, task, scope = roost.run(main, clock="virtual")
        assert {"orchard", "apple", "ladder"} <= set(group)
        assert task == ["apple"]
        assert scope == ["ladder"]

    def test_O1_what_was_opened_in_this_very_step_is_there(self) -> None:
        async def main() -> None:
            with roost.CancelScope(name="new", shield=True):
                assert "new" in roost.dump()

        roost.run(main, clock="virtual")

    def test_B1_no_such_format(self) -> None:
        async def main() -> None:
            with pytest.raises(ValueError, match="graphviz"):
                roost.dump(format="xml")  # type: ignore[arg-type]

        roost.run(main, clock="virtual")

    def test_B1_a_scope_that_is_not_open(self) -> None:
        async def main() -> None:
            with pytest.raises(ValueError, match="not open"):
                roost.dump(roost.CancelScope())

        roost.run(main, clock="virtual")

    def test_B1_outside_of_run_and_on_a_foreign_thread(self) -> None:
        seen: list[BaseException] = []

        def look() -> None:
            for call in (roost.dump, roost.counters, roost.get_current_task):
                with pytest.raises(RuntimeError) as caught:
                    call()
                seen.append(caught.value)

        async def main() -> None:
            thread = threading.Thread(target=look)
            thread.start()
            thread.join()

        look()
        roost.run(main, clock="virtual")
        assert len(seen) == 6


class TestTraces:
    def lives(self, text: str | bytes) -> dict[str, int]:
        document = json.loads(text)
        names = [event["name"] for event in document["traceEvents"] if event["ph"] in "be"]
        return {name: names.count(name) for name in names}

    async def work(self, target: Any) -> None:
        async with roost.create_task_group(name="orchard") as group:
            with roost.trace(target):
                group.start_soon(wait_for_ever, name="Äpfel")
                await roost.sleep(1)
                group.cancel()
                with roost.CancelScope(shield=True):
                    await roost.sleep(1)

    def test_O2_a_path_gets_a_document_with_every_life(self, tmp_path: Path) -> None:
        for path in (tmp_path / "one.json", str(tmp_path / "two.json")):
            roost.run(self.work, path, clock="virtual")
            lives = self.lives(Path(path).read_bytes())
            assert lives["orchard"] == lives["Äpfel"] == 2

    def test_O2_a_file_of_bytes_or_of_text_is_left_open(self) -> None:
        some_bytes, text = io.BytesIO(), io.StringIO()
        roost.run(self.work, some_bytes, clock="virtual")
        roost.run(self.work, text, clock="virtual")
        assert self.lives(some_bytes.getvalue())["Äpfel"] == 2
        assert self.lives(text.getvalue())["Äpfel"] == 2

    def test_O2_one_after_the_other(self) -> None:
        async def main() -> list[int]:
            sizes = []
            for _ in range(2):
                file = io.BytesIO()
                with roost.trace(file):
                    await roost.checkpoint()
                sizes.append(len(self.lives(file.getvalue())))
            return sizes

        one, other = roost.run(main, clock="virtual")
        assert one == other > 0

    def test_B1_two_at_once(self, tmp_path: Path) -> None:
        async def main() -> None:
            first = roost.trace(tmp_path / "one.json")
            with first:
                with (
                    pytest.raises(RuntimeError, match="is being written"),
                    roost.trace(tmp_path / "one.json"),  # which is not written over
                ):
                    pass
                with pytest.raises(RuntimeError, match="once"), first:
                    pass
            with pytest.raises(RuntimeError, match="once"), first:
                pass

        roost.run(main, clock="virtual")
        assert self.lives((tmp_path / "one.json").read_bytes())

    def test_B3_what_writing_raises_is_raised_at_the_end(self) -> None:
        class Full(io.BytesIO):
            def write(self, data: Any) -> int:
                raise OSError("disk full")

        async def main() -> None:
            with pytest.raises(OSError, match="disk full"), roost.trace(Full()):
                await roost.checkpoint()
            with pytest.raises(LookupError), roost.trace(Full()):
                raise LookupError

        roost.run(main, clock="virtual")

    def test_B1_no_such_folder_and_outside_of_run(self, tmp_path: Path) -> None:
        async def main() -> None:
            with pytest.raises(FileNotFoundError), roost.trace(tmp_path / "none" / "x.json"):
                pass
            with roost.trace(tmp_path / "x.json"):
                pass

        roost.run(main, clock="virtual")
        with pytest.raises(RuntimeError, match=r"roost\.run"), roost.trace(tmp_path / "y.json"):
            pass
        assert not (tmp_path / "y.json").exists()


class TestCounters:
    def test_O4_what_was_done_is_counted(self) -> None:
        async def fail() -> None:
            raise LookupError

        async def main() -> list[roost.Counters]:
            counted = [roost.counters()]
            with pytest.RaisesGroup(LookupError):
                async with roost.create_task_group(policy="supervise") as group:
                    group.start_soon(roost.checkpoint)
                    group.start_soon(wait_for_ever)
                    group.start_soon(fail)
                    counted.append(roost.counters())
                    await roost.sleep(1)
                    group.cancel()
            counted.append(roost.counters())
            return counted

        before, during, after = roost.run(main, clock="virtual")
        assert (before.tasks, during.tasks, after.tasks) == (1, 4, 1)
        assert (before.groups, during.groups, after.groups) == (1, 2, 1)
        assert after.all_tasks == 4
        assert (after.completed, after.failed, after.cancelled) == (1, 1, 1)
        assert sum(after.cancel_to_end) == 1
        assert len(after.cancel_to_end) == 48
        assert after.turns > before.turns


class TestReports:
    def test_O3_a_stall_names_the_task_that_ignores_its_cancellation(self) -> None:
        seen: list[roost.Report] = []

        async def deaf() -> None:
            with roost.CancelScope(shield=True):
                await roost.sleep(3)

        async def main() -> None:
            async with roost.create_task_group(name="orchard") as group:
                group.start_soon(deaf, name="deaf")
                await roost.checkpoint()
                group.cancel()

        roost.run(main, clock="virtual", report=seen.append, stall=1.5)
        [report] = seen
        assert (report.kind, report.name, report.duration) == ("stall", "orchard", 3.0)
        assert [suspect.name for suspect in report.suspects] == ["deaf"]
        assert report.suspect_count == 1
        assert "deaf" in report.text

    def test_O3_D4_a_hang_is_reported(self) -> None:
        seen: list[roost.Report] = []
        with pytest.raises(roost.Deadlock):
            roost.run(wait_for_ever, clock="virtual", report=seen.append)
        assert [report.kind for report in seen] == ["hang"]

    def test_O3_a_report_function_may_call_anything(self) -> None:
        seen: list[Any] = []

        async def deaf() -> None:
            with roost.CancelScope(shield=True, name="ears shut") as scope:
                seen.append(scope)
                await roost.sleep(10)

        async def main() -> float:
            began = roost.current_time()
            async with roost.create_task_group() as group:
                group.start_soon(deaf)
                await roost.checkpoint()
                group.cancel()
                with roost.CancelScope(shield=True):
                    await roost.sleep(2)
            return roost.current_time() - began

        def told(report: roost.Report) -> None:
            if report.kind == "stall" and len(seen) == 1:
                seen.append((roost.dump(), roost.counters().tasks))
                seen[0].cancel()

        assert roost.run(main, clock="virtual", report=told, stall=1) == 2
        said, tasks = seen[1]
        assert "ears shut" in said
        assert tasks == 2

    def test_O3_B3_what_a_report_function_raises_is_unraisable(
        self, unraisable: list[BaseException | None]
    ) -> None:
        def told(report: roost.Report) -> None:
            raise LookupError

        with pytest.raises(roost.Deadlock):
            roost.run(wait_for_ever, clock="virtual", report=told)
        assert [type(error) for error in unraisable] == [LookupError]

    def test_O3_a_step_that_was_long_is_reported_real(self) -> None:
        seen: list[roost.Report] = []
        roost.run(roost.checkpoint, report=seen.append, step=1e-9, name="slow")
        assert "long step" in [report.kind for report in seen]

    @pytest.mark.parametrize("wrong", [0, -1, float("inf"), float("nan")])
    def test_B1_no_length_of_time(self, wrong: float) -> None:
        with pytest.raises(ValueError, match="stall"):
            roost.run(wait_for_ever, clock="virtual", stall=wrong)
        with pytest.raises(ValueError, match="step"):
            roost.run(wait_for_ever, clock="virtual", step=wrong)

    def test_B1_no_function(self) -> None:
        with pytest.raises(TypeError, match="report"):
            roost.run(wait_for_ever, clock="virtual", report="x")  # type: ignore[arg-type]


class TestTasks:
    def test_S2_who_runs_and_who_else_is_there(self) -> None:
        seen: list[roost.TaskInfo] = []

        async def child() -> None:
            seen.append(roost.get_current_task())
            await roost.sleep_forever()

        async def main() -> None:
            me = roost.get_current_task()
            assert me.name
            assert me.name.endswith("main")
            assert me.parent_id is None
            async with roost.create_task_group() as group:
                handle = group.start_soon(child, name="a child")
                await roost.checkpoint()
                [info] = seen
                assert info.name == "a child"
                assert info.id == handle.id
                assert info.parent_id == me.id
                assert info.coro is not None
                running = roost.get_running_tasks()
                assert running == [me, info]
                assert len({*running, me, info}) == 2
                assert not info.has_pending_cancellation()
                group.cancel()
                assert info.has_pending_cancellation()
            assert roost.get_running_tasks() == [me]

        roost.run(main, clock="virtual")
