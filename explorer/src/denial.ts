// Reads from an answer what a gate refused, in words, with the plan, the role or the switch that it takes.

import type { Json, Problem } from "./api";
import { inWords } from "./viewer";

const CODES: Record<string, string> = {
  UNAUTHENTICATED: "UNAUTHENTICATED",
  FORBIDDEN: "RoleRequired",
  PLAN_REQUIRED: "PlanRequired",
  FEATURE_DISABLED: "FeatureDisabled",
};
const TYPES = new Set(["RoleRequired", "PlanRequired", "FeatureDisabled"]);

export interface Denial {
  fields: string[];
  needs: string;
  message: string;
}

export function denialsIn(response: Json): Denial[] {
  if (!isObject(response)) return [];
  const errors = (Array.isArray(response.errors) ? response.errors : []) as unknown as Problem[];
  const refused = errors.flatMap(({ message, path, extensions = {} }) => {
    const type = CODES[extensions.code ?? ""];
    const field = (path ?? []).filter((part) => typeof part === "string").join(".");
    return type ? [{ fields: [field], needs: needs(type, extensions), message }] : [];
  });
  const members = isObject(response.data ?? null)
    ? Object.entries(response.data as Record<string, Json>).flatMap(([field, value]) => {
        if (!isObject(value) || !TYPES.has(String(value.__typename))) return [];
        return [{ fields: [field], needs: needs(String(value.__typename), value), message: String(value.message ?? "") }];
      })
    : [];
  const byReason = new Map<string, Denial>();
  for (const denial of [...refused, ...members]) {
    const fields = new Set([...(byReason.get(denial.message)?.fields ?? []), ...denial.fields]);
    byReason.set(denial.message, { ...denial, fields: [...fields] });
  }
  return [...byReason.values()];
}

function needs(type: string, told: Record<string, unknown>): string {
  switch (type) {
    case "PlanRequired":
      return told.requiredPlan ? `Needs the ${inWords(String(told.requiredPlan))} plan` : "Needs a higher plan";
    case "RoleRequired": {
      // Partners are other businesses' machines: nobody can become one.
      const roles = (Array.isArray(told.requiredRoles) ? told.requiredRoles : [])
        .filter((role, _at, all) => role !== "PARTNER" || all.length === 1)
        .map((role) => inWords(String(role)));
      return roles.length ? `Needs the role ${roles.join(" or ")}` : "Needs another role";
    }
    case "FeatureDisabled":
      return "Switched off";
    default:
      return "Needs to sign in";
  }
}

function isObject(value: Json): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
