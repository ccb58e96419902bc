# What the policies beside it share.
package lib

# What is there afterwards: what is made, changed, or stays.
kept := [resource | some resource in input.resources; resource.after != null]

of(types) := [resource | some resource in kept; resource.type in types]

# The objects that go: those deleted, and those that give way to new ones.
removed := [resource |
	some resource in input.resources
	resource.action in {"delete", "delete-deposed", "replace"}
]

finding(resource, message) := {"urn": resource.urn, "message": message}

# What is wrong with what this plan makes or changes denies it. What is wrong and stays as it is was there before: it
# is said, and keeps nobody from mending something else.
touched(found) := {one | some one in found; not stays[one.urn]}

untouched(found) := {one | some one in found; stays[one.urn]}

stays[resource.urn] if {
	some resource in input.resources
	resource.action == "none"
}

# An input as it will be; or `otherwise`, which is what the cloud does where neither it nor the program says anything.
setting(resource, field, otherwise) := object.get(resource.after, field, otherwise)

# Whether an input is surely this. What is known only after the apply is not.
surely(resource, field, wanted, otherwise) if setting(resource, field, otherwise) == wanted

# A setting of the project, from `[policies.settings]` of Stack.toml.
project(path, otherwise) := object.get(object.get(data, "settings", {}), path, otherwise)

# Whether a field names a resource of the plan: by its id, or because it waits for it.
names(value, resource) if value == resource.id

names(value, resource) if {
	some answer in value["$unknown"].after
	answer.urn == resource.urn
}

# What is directly given something of a resource.
users(resource) := [user | some user in kept; resource.urn in user.depends_on]

# Whether a range of addresses is a large part of the internet, or may be.
world(range) if not is_string(range)

world(range) if {
	is_string(range)
	regex.match(`^(\*|any|internet|.*/[0-7])$`, lower(range))
}
