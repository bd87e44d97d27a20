internal import UnitControl
internal import UnitProtocol
public import UnitTransport

extension LocalUnitFinder {
    /// Opens the connection to a unit, and nothing more.
    public func transport(_ selector: UnitSelector) async throws(LocalUnitError) -> any UnitTransport {
        switch selector {
        case .serial(let path, let baud):
            return try await patiently(selector, path) { () throws(TransportError) in
                try LocalUnits.open(path: path, baud: baud)
            }
        case .usb(let serial):
            // A bootloader counts: it can be opened, and says so.
            guard let found = try onUSB(serial, for: selector) else {
                let meant = try candidates().map(ProbedUnit.init).meant(by: serial)
                throw meant.isEmpty
                    ? .unit(selector, .transport(.notFound(selector.description))) : .perhapsMeant(selector, meant)
            }
            return try await open(found, as: selector)
        case .anywhere(let serial): return try await search(serial)
        }
    }

    /// The unit on USB with this serial number. Throws `.ambiguousSerial` if there are two.
    func onUSB(_ serial: String, for selector: UnitSelector) throws(LocalUnitError) -> UnitCandidate? {
        let found = try candidates(serial)
        try refuseNamesakes(found, serial, for: selector)
        return found.first(where: \.connection.isUSB)
    }

    private func refuseNamesakes(
        _ found: [UnitCandidate], _ serial: String, for selector: UnitSelector
    ) throws(LocalUnitError) {
        guard Set(found.compactMap(\.device)).count > 1 else { return }
        let units = found.map(ProbedUnit.init).mergedBySerialNumber()
        throw .unit(selector, .ambiguousSerial(serial, ways: units.distinguishing))
    }

    /// Candidates with a serial number, USB first; all if nil.
    func candidates(_ serial: String? = nil) throws(LocalUnitError) -> [UnitCandidate] {
        do throws(HotplugError) {
            return try UnitDirectory.candidates(announcedIn: announcements).filter {
                serial == nil || $0.serial == serial
            }
        } catch {
            throw .directory(error)
        }
    }

    /// First the buses that tell serial numbers, USB before CDC; then lines that do not, which have to be asked. All lines are:
    /// a second unit with the number makes it a name of nobody.
    private func search(_ serial: String) async throws(LocalUnitError) -> any UnitTransport {
        let selector = UnitSelector.anywhere(serial: serial)
        let known = try candidates(serial)
        try refuseNamesakes(known, serial, for: selector)
        let lines = try await askLines(for: serial)
        var units = lines.found
        if !known.isEmpty {
            if !units.isEmpty {
                // The bus and a line name one number: two ways to one unit, or two units.
                for candidate in known where candidate.connection.isUSB || known.count == 1 {
                    units.insert(await probe(candidate, within: Self.askBudget), at: 0)
                }
                try refuseNamesakes(units, serial, for: selector)
            }
            var firstFailure: LocalUnitError?
            for candidate in known {
                do throws(LocalUnitError) { return try await open(candidate, as: selector) } catch {
                    firstFailure = firstFailure ?? error
                }
            }
            if let firstFailure { throw firstFailure }
        }
        try refuseNamesakes(units, serial, for: selector)
        if let line = lines.candidate { return try await open(line, as: lines.isHeld ? selector : line.selector) }
        let meant = (try candidates().map(ProbedUnit.init) + lines.others).meant(by: serial)
        if !meant.isEmpty { throw .perhapsMeant(selector, meant) }
        // "Not found" would send people to the wrong cable if a line could not be asked.
        throw lines.unasked ?? .unit(selector, .transport(.notFound(serial)))
    }

    private func refuseNamesakes(
        _ units: [ProbedUnit], _ serial: String, for selector: UnitSelector
    ) throws(LocalUnitError) {
        let units = units.filter { $0.serial == serial }.mergedBySerialNumber()
        if units.count > 1 { throw .unit(selector, .ambiguousSerial(serial, ways: units.distinguishing)) }
    }

    /// What lines that do not tell serial numbers have answered.
    private struct AskedLines {
        /// The line of the unit that was wanted.
        var candidate: UnitCandidate?
        /// Another process holds it, and has noted that it is the unit's.
        var isHeld = false
        /// Units that have the number.
        var found: [ProbedUnit] = []
        /// Units that have another.
        var others: [ProbedUnit] = []
        /// The first line that could not be asked, and may be the unit's.
        var unasked: LocalUnitError?
    }

    /// What a unit is given to say who it is when somebody looks for a serial number.
    private static let askBudget: Duration = .seconds(4)
    /// When the unit is found, the other lines get this long to say that they have it too: a unit answers within 200 ms.
    private static let grace: Duration = .milliseconds(500)

    private func askLines(for serial: String) async throws(LocalUnitError) -> AskedLines {
        var asked = AskedLines()
        // A pair's other unit, which this program has open already, is not asked.
        var lines = try candidates().filter {
            $0.serial == nil && !$0.connection.isUSB && !DevicePath.isOpenHere($0.path)
        }
        // Who is behind a line that another process holds is known from its session.
        if let held = lines.firstIndex(where: {
            sessions.unit(at: DevicePath.canonical($0.path))?.serial == serial
        }) {
            (asked.candidate, asked.isHeld) = (lines.remove(at: held), true)
        }
        if lines.isEmpty || asked.isHeld { return asked }
        let (answers, continuation) = AsyncStream.makeStream(of: (Int, ProbedUnit)?.self)
        let asking = lines.enumerated().map { index, line in
            Task(executorPreference: clock.executor) {
                // A line that was just plugged in may have no group yet.
                continuation.yield((index, await patientlyProbe(line)))
            }
        }
        defer { for task in asking { task.cancel() } }
        var answered: [Int: ProbedUnit] = [:]
        var timer: Task<Void, Never>?
        defer { timer?.cancel() }
        for await answer in answers {
            guard let (index, unit) = answer else { break }
            answered[index] = unit
            if answered.count == lines.count { break }
            guard unit.serial == serial, timer == nil else { continue }
            timer = Task(executorPreference: clock.executor) { [clock] in
                try? await clock.sleep(for: Self.grace)
                continuation.yield(nil)
            }
        }
        if Task.isCancelled { throw .unit(.anywhere(serial: serial), .cancelled) }
        for (index, unit) in answered.sorted(by: { $0.key < $1.key }) {
            switch unit.serial {
            case serial:
                asked.candidate = asked.candidate ?? lines[index]
                asked.found.append(unit)
            case nil:
                if case .unit(let line, let reason) = unit.problem {
                    asked.unasked = asked.unasked ?? .perhapsUnasked(serial: serial, line: line, reason)
                }
            default: asked.others.append(unit)
            }
        }
        return asked
    }

    /// Asks a line who is behind it; a bootloader says its serial number too.
    private func patientlyProbe(_ line: UnitCandidate) async -> ProbedUnit {
        let limit = clock.now + DevicePath.settlingTime
        while true {
            var unit = await probe(line, within: Self.askBudget)
            if case .unit(_, .inBootloader(let serial)) = unit.problem { unit.serial = serial }
            guard unit.readiness == .noPermission, clock.now < limit, DevicePath.isJustPlugged(line.path) else {
                return unit
            }
            do { try await clock.sleep(for: .milliseconds(50)) } catch { return unit }
        }
    }

    /// `selector` is whose error it is: the candidate's own while it is asked, else that of the unit that was wanted.
    private func open(
        _ candidate: UnitCandidate, as selector: UnitSelector
    ) async throws(LocalUnitError) -> any UnitTransport {
        try await patiently(selector, candidate.path) { () throws(TransportError) in
            try LocalUnits.open(candidate)
        }
    }

    /// Waits while a node that was just plugged in has no group yet.
    func patiently(
        _ selector: UnitSelector, _ path: String, _ open: () throws(TransportError) -> any UnitTransport
    ) async throws(LocalUnitError) -> any UnitTransport {
        let limit = clock.now + DevicePath.settlingTime
        while true {
            do throws(TransportError) { return try open() } catch {
                guard case .noPermission = error, clock.now < limit, DevicePath.isJustPlugged(path) else {
                    throw .unit(selector, .transport(error))
                }
            }
            do { try await clock.sleep(for: .milliseconds(50)) } catch { throw .unit(selector, .cancelled) }
        }
    }
}
