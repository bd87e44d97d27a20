internal import UnitTransport

/// Whether there is a group for units, and whether this user and this login are in it.
enum GroupCheck {
    static func findings(_ facts: SystemFacts) -> [NodeFinding] {
        let (name, user) = (DevicePermission.group, facts.user)
        let threat = "units on USB cannot be opened"
        guard let group = UserGroup.named(name, in: facts.tree) else {
            return [
                .bad(
                    facts.severityForUSB, "group", "the group \(name) does not exist", threatens: threat,
                    repair: DevicePermission.makeGroup)
            ]
        }
        if user.isRoot { return [.ok("group", "the group \(name) exists; root needs no group")] }
        if user.groups.contains(group.number) { return [.ok("group", "\(user.name) is in the group \(name)")] }
        if group.members.contains(user.name) {
            return [
                .bad(
                    facts.severityForUSB, "group",
                    "\(user.name) is in the group \(name), but this login began before: log out and in again",
                    threatens: threat, repair: "newgrp \(name)")
            ]
        }
        return [
            .bad(
                facts.severityForUSB, "group", "\(user.name) is not in the group \(name)", threatens: threat,
                repair: DevicePermission.join(name, user.name))
        ]
    }
}
