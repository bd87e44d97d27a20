import Glibc

/// Runs commands of the guest, and the program beside this one.
enum Shell {
    struct Result {
        var status: Int32
        var output: String
    }

    /// What a line of shell leaves on both of its outputs. `cvqkd` is in its path, and sudo is not needed: root runs it.
    @discardableResult
    static func run(_ line: String) throws -> Result {
        // Kept in a file of its own: quoting would be another thing to get wrong.
        // There is no systemd in the guest: what it would do when asked to restart udevd is done by hand.
        let script = """
            export PATH=\(folder):$PATH
            sudo() { "$@"; }
            systemctl() {
                [ "$*" = "restart systemd-udevd" ] || return 1
                kill $(pidof systemd-udevd); sleep 1; /lib/systemd/systemd-udevd --daemon >/dev/null 2>&1
            }
            \(line)

            """
        let path = "/run/vm/smoke.sh"
        guard let file = fopen(path, "w") else { throw SmokeFailure(description: "\(path) cannot be written") }
        fputs(script, file)
        fclose(file)
        guard let pipe = popen("bash \(path) 2>&1", "r") else { throw SmokeFailure(description: "popen failed") }
        var output = ""
        var line = [CChar](repeating: 0, count: 4096)
        while fgets(&line, Int32(line.count), pipe) != nil {
            output += String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        let status = pclose(pipe)
        return Result(status: status >> 8 & 0xFF, output: output)
    }

    /// Runs cvqkd as a user without any rights, in the given groups.
    static func asNobody(_ words: String, groups: String = "--clear-groups") throws -> Result {
        try run("setpriv --reuid=65534 --regid=65534 \(groups) \(folder)/cvqkd \(words)")
    }

    /// Where this program and those beside it are.
    static var folder: String {
        var own = [CChar](repeating: 0, count: 512)
        let count = readlink("/proc/self/exe", &own, own.count)
        let path = String(decoding: own[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "/" + path.split(separator: "/").dropLast().joined(separator: "/")
    }
}

/// What `cvqkd doctor` printed.
struct Examination {
    private let lines: [Substring]

    init(_ output: String) { lines = output.split(separator: "\n") }

    /// How a check stands (`ok`, `WARNING`, …), about a subject if it has one.
    func state(_ check: String) -> String? {
        lines.first { $0.dropFirst(9).hasPrefix("\(check) ") }.map { String($0.prefix { $0 != " " }) }
    }

    /// The command that repairs it.
    func repair(_ check: String) throws -> String {
        guard let start = lines.firstIndex(where: { $0.dropFirst(9).hasPrefix("\(check) ") }),
            let line = lines[(start + 1)...].prefix(2).first(where: { $0.hasPrefix("         repair     ") })
        else { throw SmokeFailure(description: "no repair for \(check): \(lines.joined(separator: "\n"))") }
        // The column before it is as wide as the longest subject.
        return String(line.dropFirst("         repair     ".count).drop { $0 == " " })
    }
}
