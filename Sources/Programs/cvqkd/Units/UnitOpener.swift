import Foundation
import LocalUnits
import UnitControl
import UnitProtocol
import UnitTransport

/// Opens what a selector names: the one place where names become connections.
enum UnitOpener {
    /// Connects to the unit. `task` says what for: others who find the unit busy are told.
    static func connect(_ selector: UnitSelector, access: Access, task: String) async throws -> Unit {
        var attempts = 3
        let patience = ContinuousClock.now + .seconds(2)
        while true {
            attempts -= 1
            do {
                let transport = try await transport(selector)
                return try await Unit.connect(
                    transport, access: access, hostName: hostName(task), serial: selector.serialNumber)
            } catch UnitError.transport(.noPermission(let path, _)) where isJustPlugged(path) && .now < patience {
                // The kernel makes the node before udev gives it its group.
                attempts += 1
            } catch let error as UnitError {
                // Somebody's 'cvqkd list' has a line open for some 10 ms; a session has it for good, and says so.
                guard attempts > 0, error.kind == .busy, SessionRecords.session(on: selector) == nil else {
                    throw SessionRecords.explain(error, selector)
                }
            }
            try await Task.sleep(for: .milliseconds(150))
        }
    }

    /// Whether a node is younger than the 2 s that udev's rules may take.
    private static func isJustPlugged(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && time(nil) - status.st_ctim.tv_sec <= 2
    }

    /// Opens the connection only. Throws `UnitError`, or `CommandFailure` where the reason lies in other units.
    static func transport(_ selector: UnitSelector) async throws -> any UnitTransport {
        switch selector {
        case .serial(let path, let baud):
            do throws(TransportError) { return try LocalUnits.open(path: path, baud: baud) } catch {
                throw UnitError.transport(error)
            }
        case .usb(let serial):
            let found = try candidates(serial).first(where: \.isUSB)
            guard let found else { throw UnitError.transport(.notFound(selector.description)) }
            return try open(found)
        case .anywhere(let serial): return try await search(serial)
        }
    }

    /// What is open to connect to as a candidate.
    static func open(_ candidate: UnitCandidate) throws(UnitError) -> any UnitTransport {
        do throws(TransportError) { return try LocalUnits.open(candidate) } catch { throw .transport(error) }
    }

    /// Candidates with a serial number; all if nil.
    static func candidates(_ serial: String? = nil) throws(UnitError) -> [UnitCandidate] {
        do throws(TransportError) { return try LocalUnits.candidates(serial) } catch { throw .transport(error) }
    }

    /// First the buses that tell serial numbers, USB before CDC; then lines that do not, which have to be asked.
    private static func search(_ serial: String) async throws -> any UnitTransport {
        var firstFailure: UnitError?
        for candidate in try candidates(serial) {
            do throws(UnitError) { return try open(candidate) } catch { firstFailure = firstFailure ?? error }
        }
        if let firstFailure { throw firstFailure }
        var unasked: CommandFailure?
        for candidate in try candidates() where candidate.serial == nil && !candidate.isUSB {
            // A pair's other unit, which this program has open already.
            if isOpenHere(candidate.path) { continue }
            // Our own records know who is behind a line that another of our processes holds.
            if SessionRecords.holder(of: candidate.path)?.serial == serial { return try open(candidate) }
            do throws(UnitError) {
                if try await ask(candidate) == serial { return try open(candidate) }
            } catch {
                if error.kind == .interrupted { throw error }
                unasked = unasked ?? SessionRecords.explain(error, candidate.selector)
            }
        }
        guard let unasked else { throw UnitError.transport(.notFound(serial)) }
        // It may be the one that was asked for: "not found" would send people to the wrong cable.
        throw CommandFailure(
            unasked.kind, "\(serial) is not among the units that answer, and one may be it: \(unasked.message)")
    }

    private static func isOpenHere(_ path: String) -> Bool {
        let wanted = SessionRecord.canonical(path)
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return open.contains {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == wanted
        }
    }

    /// The serial number behind an unnamed line.
    private static func ask(_ candidate: UnitCandidate) async throws(UnitError) -> String {
        do throws(UnitError) {
            let unit = try await Unit.connect(try open(candidate), access: .observe, hostName: hostName("search"))
            await unit.close()
            return unit.identity.serial
        } catch {
            if case .inBootloader(let serial) = error { return serial }
            throw error
        }
    }

    /// What a busy unit tells others: program, task, process and machine in 40 characters.
    static func hostName(_ task: String) -> String {
        String("cvqkd \(task), pid \(getpid()), \(ProcessInfo.processInfo.hostName)".prefix(40))
    }
}

extension UnitCandidate {
    /// Whether it is a device on USB and not a serial line.
    var isUSB: Bool {
        if case .usb = connection { return true }
        return false
    }
}
