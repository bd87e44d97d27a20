/// Says which group or rule is missing when a device node may not be opened.
public enum DevicePermission {
    /// The group that the udev rules give units to.
    public static let group = "cvqkd"
    /// The rules file that units on USB need.
    public static let rulesFile = "60-cvqkd.rules"
    /// The rules file that instruments on USBTMC need, for who is not root.
    public static let instrumentRulesFile = "60-cvqkd-instruments.rules"
    /// Where udev looks for rules, the strongest first.
    public static let rulesFolders = [
        "/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d",
        "/lib/udev/rules.d",
    ]

    /// Loads the rules that are installed, and applies them to what is plugged in.
    public static let applyRules =
        "sudo udevadm control --reload && sudo udevadm trigger --action=add --subsystem-match=usb --subsystem-match=tty --subsystem-match=usbmisc"
    /// Installs rules that this build carries.
    public static func installRules(_ file: String = rulesFile) -> String {
        "cvqkd doctor --print-rules \(file) | sudo tee /etc/udev/rules.d/\(file) >/dev/null && \(applyRules)"
    }
    /// Shows how an installed file differs from the one that this build carries.
    public static func compareRules(_ file: String, with path: String) -> String {
        "cvqkd doctor --print-rules \(file) | diff - \(path)"
    }
    /// Makes the group. udevd (252, seen in the VM) looks a group up once in its life, so that reading the rules again is
    /// not enough: it is restarted.
    public static let makeGroup =
        "sudo groupadd --system \(group) && sudo systemctl restart systemd-udevd && \(applyRules)"
    /// Lets a user in.
    public static func join(_ group: String, _ user: String) -> String { "sudo usermod -aG \(group) \(user)" }

    /// Where the rules file that counts lies; nil if it is not installed.
    public static func installedRules(_ file: String = rulesFile, in tree: SystemTree) -> String? {
        rulesFolders.map { "\($0)/\(file)" }.first { tree.exists($0) || tree.target($0) != nil }
    }

    /// A sentence that names what is missing, and the command that mends it.
    public static func remedy(for path: String, in tree: SystemTree = .running) -> String {
        guard let status = tree.status(path) else { return "Look at the permissions of its folder" }
        let user = UserIdentity(tree)
        guard status.mode & 0o060 == 0o060, status.group != 0 else {
            // Pseudo-terminals have the major numbers 136 to 143, and no rules.
            guard !(136...143).contains(status.device >> 8 & 0xFFF) else {
                return "It is a terminal of user \(status.owner) (this is \(user.user)): run this as that user"
            }
            return remedyForRules(tree)
        }
        guard let owner = UserGroup.numbered(status.group, in: tree) else {
            return "Its group \(status.group) has no name. Make the group of the udev rules: \(makeGroup)"
        }
        if user.groups.contains(owner.number) {
            return "\(user.name) is in its group \(owner.name), so something else forbids it: look at 'getfacl \(path)'"
        }
        if owner.members.contains(user.name) {
            return
                "\(user.name) is in its group \(owner.name), but this login began before: log out and in again, or 'newgrp \(owner.name)'"
        }
        return
            "\(user.name) is not in its group \(owner.name): '\(join(owner.name, user.name))', then log in again"
    }

    private static func remedyForRules(_ tree: SystemTree) -> String {
        guard let file = installedRules(in: tree) else {
            return "The udev rules \(rulesFile) are not installed: \(installRules())"
        }
        guard UserGroup.named(group, in: tree) != nil else {
            return "The group \(group) of \(file) does not exist: \(makeGroup)"
        }
        return "\(file) has not been applied to it: \(applyRules)"
    }
}
