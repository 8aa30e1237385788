import { expect, test } from "vitest";
import { watchCrowding } from "../../../src/engine/cpu/crowding.ts";

test("helpers rest where the caller waits longer than it works, longer each time, and are tried again", () => {
  const crowding = watchCrowding();
  crowding.record(1, 2, 0);
  expect(crowding.isCrowded(0)).toBe(false); // too little to judge by
  crowding.record(1, 2, 10);
  expect(crowding.isCrowded(10)).toBe(true);
  expect(crowding.isCrowded(259)).toBe(true);
  expect(crowding.isCrowded(261)).toBe(false);
  crowding.record(1, 5, 300);
  expect(crowding.isCrowded(799)).toBe(true);
  expect(crowding.isCrowded(801)).toBe(false);
});

test("helpers go on where sharing pays, and a good stretch wipes out the past", () => {
  const crowding = watchCrowding();
  crowding.record(1, 5, 0);
  for (let now = 300; now < 400; now += 1) {
    crowding.record(1, 0.4, now);
    expect(crowding.isCrowded(now)).toBe(false);
  }
  crowding.record(1, 40, 400);
  expect(crowding.isCrowded(649)).toBe(true);
  expect(crowding.isCrowded(651)).toBe(false);
});
