internal import CUnitIO
internal import USBTransport
public import UnitTransport

/// What the checks look at: files below a root, and the few things that no file tells.
public struct SystemFacts: Sendable {
    /// /sys, /proc, /etc, /run, /dev, /boot, /lib.
    public var tree: SystemTree
    /// Version of libusb that this program runs with, as 1.0.26.
    public var libusb: String
    /// Whether the kernel says that somebody disciplines its clock; nil if it does not say.
    public var clockIsSynchronised: Bool?
    /// Folder whose links announce serial lines that nobody can recognise from outside.
    public var announcements = "/run/cvqkd/units"

    let user: UserIdentity
    /// The unit that was asked for; nil if all are looked at.
    private(set) var selector: UnitSelector?
    /// Units that are plugged in now, in order of their sysfs names.
    private(set) var units: [ConnectedUnit]

    /// Reads the units and the user from the tree; the rest is read by each check.
    public init(tree: SystemTree, libusb: String, clockIsSynchronised: Bool?) {
        self.tree = tree
        self.libusb = libusb
        self.clockIsSynchronised = clockIsSynchronised
        user = UserIdentity(tree)
        units = ConnectedUnit.all(in: tree)
    }

    /// The facts of the running system, as this process sees them.
    public static func running() -> SystemFacts {
        let clock = cu_clock_synchronised()
        return SystemFacts(
            tree: .running, libusb: USBTransport.libraryVersion, clockIsSynchronised: clock < 0 ? nil : clock == 1)
    }

    /// Whether the kernel has USB at all.
    var hasUSB: Bool { tree.exists("/sys/bus/usb") }

    /// What a thing that only units on USB need makes of a machine without it.
    var severityForUSB: NodeFinding.State { hasUSB ? .failure : .warning }

    /// The running kernel's release, as 6.1.0-38-amd64.
    var release: String? { tree.line("/proc/sys/kernel/osrelease") }

    /// Whether a process of this name runs.
    func isRunning(_ program: String) -> Bool {
        tree.names("/proc").contains { Int32($0) != nil && tree.line("/proc/\($0)/comm") == program }
    }
}

extension SystemFacts {
    /// The same machine with one unit only. A selector that names no unit on USB leaves none.
    func limited(to selector: UnitSelector) -> SystemFacts {
        var facts = self
        facts.selector = selector
        facts.units = units.filter { unit in
            switch selector {
            case .usb(let serial), .anywhere(let serial): unit.serial == serial
            case .serial(let path, _): unit.ports.contains { "/dev/\($0.name)" == path }
            }
        }
        return facts
    }
}
