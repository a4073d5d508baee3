"""Three tasks that want to sleep for ten seconds, and have a tenth of one."""

import roost


async def sleeper() -> None:
    try:
        await roost.sleep(10)
    except roost.Cancelled:
        print("cancelled, cleaned up")
        raise


async def main() -> None:
    with roost.move_on_after(0.1) as scope:
        async with roost.create_task_group() as group:
            for _ in range(3):
                group.start_soon(sleeper)
    print("group:", "it took too long" if scope.cancelled_caught else "complete")


roost.run(main)
