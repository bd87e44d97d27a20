internal import ForeignFiles
public import Foundation

/// Where a station, its trusted keys and its records are.
public struct StateFolder: Sendable, Hashable {
    /// The folder.
    public let path: String

    /// The folder of a whole machine.
    public static let system = "/var/lib/cvqkd"

    /// `explicit` (`--store`) if given, else `CVQKD_STATE_DIRECTORY`, else `/var/lib/cvqkd` if a station is there or it
    /// may be written, else `$XDG_DATA_HOME/cvqkd`, which is `~/.local/share/cvqkd` by default. Variables that are empty, and
    /// relative paths in XDG_DATA_HOME and HOME, count as not set.
    public init(_ explicit: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment) {
        if let path = explicit ?? EnvironmentFolder.named("CVQKD_STATE_DIRECTORY", in: environment), !path.isEmpty {
            self.path = (path as NSString).standardizingPath
        } else if access("\(Self.system)/station.json", R_OK) == 0 || access(Self.system, W_OK | X_OK) == 0 {
            path = Self.system
        } else {
            let data =
                EnvironmentFolder.absolute("XDG_DATA_HOME", in: environment)
                ?? (EnvironmentFolder.absolute("HOME", in: environment) ?? Self.homeOfAccount) + "/.local/share"
            path = ("\(data)/cvqkd" as NSString).standardizingPath
        }
    }

    /// As the user database has it.
    private static var homeOfAccount: String {
        guard let account = getpwuid(geteuid()), let home = account.pointee.pw_dir else { return Self.system }
        return String(cString: home)
    }

    var stationFile: String { "\(path)/station.json" }
    var keyFile: String { "\(path)/station.key" }
    var trusted: String { "\(path)/trusted" }
    var records: String { "\(path)/records" }
    var imports: String { "\(path)/imports" }
    var logFile: String { "\(path)/log.json" }
    var lockFile: String { "\(path)/lock" }
}
