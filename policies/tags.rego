# Whatever can carry tags carries those that the project asks for:
#
#     [policies.settings]
#     tags.required = ["owner", "cost-center"]
package tags

import data.lib

deny := lib.touched(wrong)

warn := lib.untouched(wrong)

wrong contains lib.finding(resource, message) if {
	some resource in lib.kept
	resource.taggable
	some tag in lib.project(["tags", "required"], [])
	not carries(lib.setting(resource, "tags", {}), tag)
	message := sprintf("the tag %q is missing: set it", [tag])
}

# A value that is known later is a value.
carries(tags, tag) if object.get(tags, tag, "") != ""
