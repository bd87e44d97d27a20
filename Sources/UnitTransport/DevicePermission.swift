internal import Glibc

/// Says which group or rule is missing when a device node may not be opened.
public enum DevicePermission {
    /// A sentence that names the command to run.
    public static func remedy(for path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return "Look at the permissions of its folder" }
        guard status.st_mode & 0o060 == 0o060, status.st_gid != 0, let group = getgrgid(status.st_gid) else {
            return
                "Install the udev rules (udev-rules/60-cvqkd.rules to /etc/udev/rules.d, then 'udevadm control --reload && udevadm trigger') and plug it in again"
        }
        let name = String(cString: group.pointee.gr_name)
        return "Join its group with 'sudo usermod -aG \(name) $USER' and log in again"
    }
}
