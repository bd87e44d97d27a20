internal import CUnitIO
internal import Glibc

/// The program that holds a session, as one that can be asked to end it: proven to be the one whose user has noted the
/// session, and held by a descriptor, so that no other process can take its place.
public struct SessionHolder: ~Copyable {
    /// Its number, for people.
    public let pid: Int32
    private let process: Int32

    /// Why nobody is asked.
    public enum Refusal: Error, Sendable, Equatable {
        /// The program has ended, or the number is another one's by now.
        case ended(pid: Int32)
        /// A signal ends everything that the program does, and it holds more than this session.
        case holdsMore(pid: Int32, program: String, sessions: [String])
        /// The system refuses.
        case system(pid: Int32, code: Int32)
    }

    /// Programs that run one session at a time and end it by a signal, in order.
    private static let programs = ["cvqkd"]

    /// Finds the holder of a session. `all` are the sessions of this machine: what else it holds would be ended too.
    public init(of entry: RunningSessions.Entry, among all: [RunningSessions.Entry]) throws(Refusal) {
        let noted = entry.record.process
        let opened = cu_process_open(noted.pid)
        guard opened >= 0 else {
            throw -opened == ESRCH ? .ended(pid: noted.pid) : .system(pid: noted.pid, code: -opened)
        }
        // The descriptor comes first: whoever has the number now, and is the one that was noted, has had it all the time.
        // Notes of one command end together, and are meant to.
        let others = all.filter {
            $0.record.process.pid == noted.pid && $0.owner == entry.owner && $0.isAlive
                && $0.record.command != entry.record.command
        }.map(\.record.session)
        let refusal: Refusal? =
            if !entry.isAlive {
                .ended(pid: noted.pid)
            } else if Set(others + [entry.record.session]).count > 1 || !Self.programs.contains(noted.program) {
                .holdsMore(
                    pid: noted.pid, program: noted.program, sessions: Set(others + [entry.record.session]).sorted())
            } else {
                nil
            }
        if let refusal {
            close(opened)
            throw refusal
        }
        pid = noted.pid
        process = opened
    }

    deinit { close(process) }

    /// Asks it to end its session in order, as Ctrl-C does. One that is suspended goes on to hear it: it relights nothing.
    public borrowing func askToEnd() throws(Refusal) {
        for signal in [SIGINT, SIGCONT] {
            let code = cu_process_signal(process, signal)
            guard code != 0 else { continue }
            throw -code == ESRCH ? .ended(pid: pid) : .system(pid: pid, code: -code)
        }
    }

    /// Whether it has ended.
    public var hasEnded: Bool {
        var state = pollfd(fd: process, events: Int16(POLLIN), revents: 0)
        return poll(&state, 1, 0) == 1
    }
}
