internal import UnitTransport

/// Whether the kernel overwrites pages when they are given back: the buffers of its USB transfers hold raw key, and
/// no program can overwrite those.
enum FreedMemoryCheck {
    static func findings(_ facts: SystemFacts) -> [NodeFinding] {
        let check = "init-on-free"
        let threat = "raw key stays in freed pages of the kernel until they are used again"
        // The last word of the command line counts, before the kernel's own default.
        let words = (facts.tree.line("/proc/cmdline") ?? "").split(separator: " ")
        if let word = words.last(where: { $0.hasPrefix("init_on_free=") }) {
            if ["1", "y", "Y", "on"].contains(word.dropFirst("init_on_free=".count)) {
                return [.ok(check, "on, by the kernel's command line")]
            }
            return [off("switched off on the kernel's command line (\(word))")]
        }
        let configuration = facts.release.flatMap {
            facts.tree.text("/boot/config-\($0)") ?? facts.tree.text("/lib/modules/\($0)/config")
        }
        guard let configuration else {
            return [
                .unknown(
                    check, "not on the kernel's command line, and the kernel's configuration cannot be read",
                    threatens: threat)
            ]
        }
        if configuration.split(separator: "\n").contains("CONFIG_INIT_ON_FREE_DEFAULT_ON=y") {
            return [.ok(check, "on, by the kernel's default")]
        }
        return [off("off")]

        func off(_ found: String) -> NodeFinding {
            .bad(
                .warning, check, found, threatens: threat,
                repair: "echo 'GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX init_on_free=1\"' | "
                    + "sudo tee /etc/default/grub.d/cvqkd.cfg && sudo update-grub && sudo reboot")
        }
    }
}
