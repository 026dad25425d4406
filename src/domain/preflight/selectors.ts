import type { Finding } from "../finding.ts";
import type { Manifest } from "../manifest.ts";
import { targets as meets } from "../overrides.ts";
import { unknownIn } from "../placement/unknown.ts";
import { type Placement, templatesFor } from "../placement.ts";
import { type Bundle, templateName } from "../render.ts";
import { isMeant, type Member } from "../selection.ts";
import { listed } from "../text.ts";

/** Overrides that change nothing anywhere: slips in names, and objects that the clusters do not get. */
export function overridesWithoutEffect(
  { overrides = [], templates }: Bundle,
  { targets, heldZones }: Pick<Placement, "targets" | "heldZones">,
  members: readonly Member[],
): readonly Finding[] {
  // Which clusters of a held zone are targets is not known.
  const held = members.filter(({ zone }) => heldZones.has(zone));
  if (targets.length === 0) return [];
  return overrides.flatMap((override, position) => {
    const finding = (field: string, message: string): Finding => ({
      reason: "ValidWithWarnings",
      field: `spec.overrides[${position}]${field}`,
      message: `override ${override.name}: ${message}`,
    });
    const unknown = unknownIn(override, members);
    if (unknown.length > 0) return unknown.map(({ field, index, message }) => finding(`.${field}[${index}]`, message));
    if (held.some((member) => isMeant(override, member))) return [];
    const meant = targets.filter(({ member }) => isMeant(override, member));
    const gets = meant.some((target) =>
      templatesFor(templates, target).some((template) =>
        meets(override, { template: templateName(template), manifest: template.manifest as unknown as Manifest }),
      ),
    );
    if (gets) return [];
    if (meant.length === 0) return [finding("", "it has no effect, because no target of the placement is selected by it")];
    const names = listed(meant.map(({ member }) => member.name));
    return [
      finding(
        "",
        `it has no effect: what it changes does not go to ${names}; of scope AvailabilityZone are objects of a zone's Primary`,
      ),
    ];
  });
}
