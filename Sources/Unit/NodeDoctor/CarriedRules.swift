/// The udev rules of this build: the files of `udev-rules/`, embedded.
public enum CarriedRules {
    /// File names and texts.
    public static let files: [(name: String, text: String)] = [
        ("60-cvqkd-instruments.rules", String(decoding: PackageResources.cvqkd_instruments_rules, as: UTF8.self)),
        ("60-cvqkd.rules", String(decoding: PackageResources.cvqkd_rules, as: UTF8.self)),
        ("61-cvqkd-uaccess.rules", String(decoding: PackageResources.cvqkd_uaccess_rules, as: UTF8.self)),
    ]

    /// The text of a file; nil if this build carries none of this name.
    public static func text(_ name: String) -> String? { files.first { $0.name == name }?.text }
}
