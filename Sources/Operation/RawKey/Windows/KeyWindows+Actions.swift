internal import CalibrationRecords
internal import Foundation
internal import LinkControl
internal import RawKeyMessages
internal import SwiftProtobuf
internal import UnitTransport

/// What `ReleaseCourse` says is to be done: messages, the journal, keys handed over or destroyed, and what consumers are told.
extension KeyWindows {
    func handle(_ ordinal: UInt64, _ event: ReleaseCourse.Event) async {
        guard var window = windows[ordinal] else { return }
        let actions = window.course.handle(event)
        windows[ordinal] = window
        for action in actions { await perform(action, ordinal) }
    }

    func perform(_ action: ReleaseCourse.Action, _ ordinal: UInt64) async {
        guard let window = windows[ordinal] else { return }
        switch action {
        case .sendStatement:
            await tellOutcomes()
            if let own = window.own, let bytes: Data = try? own.serializedData() {
                await send(ReleaseStatement(step: .statement, bytes: bytes))
            }
        case .startDeadline: watch(ordinal)
        case .commit(let outcome): await commit(outcome, ordinal)
        case .release: release(window)
        case .revoke:
            // Its sums are published all the same: windows that passed are a biased choice.
            _ = state(ordinal)
            forget(window.cells.filter { blocks[$0] != nil }, because: nil)
        case .sendReleased:
            if let word = try? ReleaseWords.released(ordinal, digest: digest(of: window), key: setup.key) {
                await send(word)
            }
        case .sendRevoked:
            if case .ended(.revoked(let reason)) = window.course.state {
                await send(ReleaseWords.revoked(ordinal, window.cells, reason, against: window.against))
            }
        case .markOrphaned: orphan(window)
        }
    }

    func watch(_ ordinal: UInt64) {
        windows[ordinal]?.watch?.cancel()
        windows[ordinal]?.watch = Task(executorPreference: setup.clock.executor) { [weak self, setup] in
            do { try await setup.clock.sleep(for: setup.deadline) } catch { return }
            await self?.handle(ordinal, .deadline)
        }
    }

    func commit(_ outcome: WindowOutcome, _ ordinal: UInt64) async {
        guard let window = windows[ordinal] else { return }
        var line: OutcomeJournal.Line
        switch outcome {
        case .released:
            line = .init(
                .released, session: setup.session, ordinal: ordinal, cells: window.common,
                digest: digest(of: window).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
        case .revoked(let reason):
            line = .init(.revoked, session: setup.session, ordinal: ordinal, reason: reason)
        }
        do throws(RawKeyError) { try journal.add(line) } catch {
            // Without its outcome on disk no key may go, and none may stay.
            isBroken = true
            forget(window.cells.filter { blocks[$0] != nil }, because: nil)
            windows[ordinal]?.isOver = true
            await notify(.broken(error))
            return
        }
        windows[ordinal]?.watch?.cancel()
        windows[ordinal]?.isOver = true
        tally.count(outcome)
        if case .revoked(let reason) = outcome { tell(window, outcome: .revoked, reason, cells: []) }
        await handle(ordinal, .committed)
        // A session has many windows; the runs and sums of their cells stand in what was published.
        for cell in window.cells { facts[cell] = nil }
        await notify(.ended(ordinal: ordinal, outcome, against: window.against))
    }

    func release(_ window: Window) {
        let common = window.common.filter { blocks[$0]?.hasKey == true }
        tell(window, outcome: .released, nil, cells: common)
        let digest = digest(of: window)
        for cell in common {
            guard let block = blocks.removeValue(forKey: cell) else { continue }
            spool.append(.release(block, windowDigest: digest, binding: setup.binding))
        }
        let alone = window.cells.filter { blocks[$0] != nil }
        for cell in alone {
            if let block = blocks.removeValue(forKey: cell) { spool.destroy([BlockSpool.BlockName(block)]) }
            spool.append(.gap(session: setup.session, GapRun(cells: cell...cell, cause: .otherEnd).message))
        }
        gaps.removeAll { $0.cells.upperBound < window.cells.upperBound }
    }

    func orphan(_ window: Window) { orphan(session: setup.session, window.ordinal, window.common) }

    func orphan(session: UInt64, _ ordinal: UInt64, _ cells: [UInt64]) {
        try? journal.add(.init(.orphaned, session: session, ordinal: ordinal, cells: cells))
        spool.append(.orphaned(session: session, ordinal: ordinal, cells: cells))
    }

    /// Once a session, with the first statement: the other end listens by then.
    private func tellOutcomes() async {
        guard !hasToldOutcomes else { return }
        hasToldOutcomes = true
        let told = EarlierOutcomes(lost: journal.losses, revoked: journal.revoked(but: setup.session))
        guard !told.isEmpty, let word = try? told.signed(link: setup.link, key: setup.key) else { return }
        await send(word)
    }

    /// Destroys keys and ciphertexts. With a cause the cells are told as gaps; without one their window tells.
    func forget(_ cells: [UInt64], because cause: GapCause?) {
        for cell in cells.sorted() {
            facts[cell] = nil
            if let block = blocks.removeValue(forKey: cell) { spool.destroy([BlockSpool.BlockName(block)]) }
            if let cause {
                spool.append(.gap(session: setup.session, GapRun(cells: cell...cell, cause: cause).message))
            }
        }
    }

    func drop(_ block: StoredBlock) {
        block.destroyKey()
        block.dropCiphertext()
    }

    func tell(
        _ window: Window, outcome: Cvqkd_Rawkey_V1_WindowOutcome, _ reason: RevocationReason?, cells: [UInt64]
    ) {
        var record = Cvqkd_Rawkey_V1_WindowRecord()
        let (receiver, transmitter) = setup.end == .bob ? (window.own, window.peer) : (window.peer, window.own)
        if let receiver { record.receiver = receiver }
        if let transmitter { record.transmitter = transmitter }
        record.outcome = outcome
        if let reason { record.reason = .init(rawValue: Int(reason.rawValue)) ?? .unspecified }
        if outcome == .released { record.digest = Data(digest(of: window)) }
        spool.append(.window(session: setup.session, ordinal: window.ordinal, record, cells: cells))
    }

    /// The window's digest once both have stated; nothing before.
    func digest(of window: Window) -> [UInt8] {
        guard let own = window.own, let peer = window.peer else { return [] }
        return setup.end == .bob
            ? StatementSigning.windowDigest(receiver: own, transmitter: peer)
            : StatementSigning.windowDigest(receiver: peer, transmitter: own)
    }
}
