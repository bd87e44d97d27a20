internal import UnitProtocol
internal import UnitTransport

/// A session of both units as their hosts saw it.
struct PairSession: Sendable {
    let alice: Recording
    let bob: Recording
    /// What Bob announced.
    let changes: [StateChanged]
}

extension ConformanceSuite {
    static let pairChecks =
        [
            ConformanceCheck(
                pair: "pair-echo", "Both ends echo session and purpose in every frame",
                says: "session and purpose are echoed in every stream frame"
            ) { pair, trial in
                let session = try await shared(pair)
                for (name, recording) in [("Alice", session.alice), ("Bob", session.bob)] {
                    trial.measure("frames_of_\(name.lowercased())", Double(recording.frames.count), "1", .atLeast(10))
                    for frame in recording.frames {
                        trial.expect(
                            frame.header.session == recording.request.sessionId,
                            "\(name)'s frame \(frame.header.number) is of session \(frame.header.session)")
                        trial.expect(
                            frame.message.purpose == recording.request.purpose,
                            "\(name)'s frame \(frame.header.number) has purpose \(frame.message.purpose)")
                    }
                }
            },
            ConformanceCheck(
                pair: "pair-ends-together", "When Alice stops, Bob ends at the same index by himself",
                says: "when Alice stops, Bob ends at the same index by himself (end frame, StateChanged PeerStopped)"
            ) { pair, trial in
                let session = try await shared(pair)
                let change = session.changes.last
                trial.expect(
                    change?.cause == .peerStopped && change?.after == .ready,
                    "Bob announced \(words(session.changes)), cause \(change?.cause.description ?? "none")")
                trial.expect(session.bob.ending != nil, "Bob sent no end frame")
                let (hers, his) = (session.alice.stopped, session.bob.stopped)
                trial.measure(
                    "end_of_bob", Double(his?.nextSymbol ?? 0), "1", .exactly(Double(hers?.nextSymbol ?? 0)))
                trial.expect(
                    his?.cause == .peerStopped, "Bob's StreamStopped has cause \(his?.cause.description ?? "none")")
            },
            ConformanceCheck(
                pair: "pair-conserved", "Neither end loses a symbol silently",
                says: "Σ count of frames sent + droppedSymbols = index one past the last frame's symbols"
            ) { pair, trial in
                let session = try await shared(pair)
                for (name, recording) in [("Alice", session.alice), ("Bob", session.bob)] {
                    let delivered = recording.deliveredSymbols
                    let dropped = recording.stopped?.droppedSymbols ?? 0
                    let span = recording.stopped?.nextSymbol ?? 0
                    trial.measure("delivered_by_\(name.lowercased())", Double(delivered), "1", .atLeast(1))
                    trial.expect(
                        UnitNumber.sum(delivered, dropped) == span,
                        "\(name): \(delivered) delivered and \(dropped) dropped of \(span)"
                    )
                }
            },
            ConformanceCheck(
                pair: "pair-kinds-agree", "Bob calls training what Alice calls training, symbol by symbol",
                says: "Bob's frames leave with their kinds known, by the same index as Alice's"
            ) { pair, trial in
                let session = try await shared(pair)
                let (hers, his) = (session.alice.kinds, session.bob.kinds)
                var compared = 0
                for (slot, kind) in his where kind == .signal || kind == .training {
                    guard let sent = hers[slot] else { continue }
                    compared += 1
                    trial.expect(sent == kind, "slot \(slot) is \(sent) at Alice and \(kind) at Bob")
                }
                trial.measure("compared_slots", Double(compared), "1", .atLeast(20))
            },
            ConformanceCheck(
                pair: "pair-locked", "Alice's counter reaches Bob often enough that he never counts by himself",
                says: "a SymbolBeacon at least every 50 ms; a Bob who has heard none for 100 ms has lost her counter"
            ) { pair, trial in
                let session = try await shared(pair)
                let unlocked = session.bob.measured.count { $0.message.kind == .unlocked }
                trial.measure("unlocked_frames", Double(unlocked), "1", .exactly(0))
            },
            ConformanceCheck(
                pair: "pair-disclosure", "What Bob's unit discloses are Alice's training symbols, behind his own",
                says: "each Training frame is followed at once by a second one, content Disclosed, with Alice's samples"
            ) { pair, trial in
                guard pair.bob.can(.disclosure) else { throw Inapplicable("Bob cannot deliver disclosed symbols") }
                let session = try await shared(pair)
                var compared = 0
                for (first, samples) in session.bob.disclosed {
                    guard let own = aliceSamples(session.alice, first, samples.count) else { continue }
                    compared += 1
                    trial.expect(own == samples, "symbols from \(first) on are not the ones that Alice sent")
                }
                trial.measure("compared_disclosures", Double(compared), "1", .atLeast(10))
                for (frame, next) in zip(session.bob.frames, session.bob.frames.dropFirst())
                where frame.message.kind == .training && frame.message.content == .measured {
                    let (own, other) = (frame.message, next.message)
                    trial.expect(
                        other.content == .disclosed && other.kind == .training && other.firstSymbol == own.firstSymbol
                            && other.count == own.count && other.format == .xp16,
                        "frame \(frame.header.number) is training and not followed by its disclosure")
                }
                for (frame, next) in zip(session.bob.frames, session.bob.frames.dropFirst())
                where next.message.content == .disclosed {
                    let (own, other) = (frame.message, next.message)
                    trial.expect(
                        own.content == .measured && (own.kind == .training || own.kind == .vacuum)
                            && other.firstSymbol == own.firstSymbol && other.count == own.count,
                        "frame \(next.header.number) discloses symbols that the frame before it does not have")
                }
            },
            ConformanceCheck(
                pair: "pair-independent", "Bob's vacuum slots do not depend on Alice's training slots",
                says: "drawn independently for each slot by each unit's own random numbers"
            ) { pair, trial in
                let session = try await shared(pair)
                let (hers, his) = (session.alice.kinds, session.bob.kinds)
                let common = hers.keys.filter { his[$0] != nil }
                try trial.require(common.count >= 60, "\(common.count) slots can be compared, 60 are needed")
                let training = session.alice.request.trainingFraction
                let vacuum = session.bob.request.vacuumFraction
                let same = Double(common.count { (hers[$0] == .training) == (his[$0] == .vacuum) })
                let (count, chance) = (Double(common.count), training * vacuum + (1 - training) * (1 - vacuum))
                let deviation = (same - count * chance) / (count * chance * (1 - chance)).squareRoot()
                // Six σ: by chance twice in 10⁹.
                trial.measure("coincidence_deviation", deviation, "1", .within(6))
            },
            ConformanceCheck(
                pair: "pair-mismatch", "A Bob whose rate differs from Alice's stays armed",
                says:
                    "rate and S must be the same at both ends; on a difference he stays armed and says so in a log message"
            ) { pair, trial in
                let (hers, his) = try await plans(pair)
                var other = his
                other.symbolsPerFrame = max(16, his.symbolsPerFrame / 2)
                let start = pair.bob.wire.mark
                let bob = try await pair.bob.start(other)
                let alice = try await pair.alice.start(hers)
                try await pair.clock.sleep(for: .milliseconds(500))
                let status = try await pair.bob.status()
                let frames = bob.recorder.frameCount
                _ = try await pair.alice.finish(alice)
                _ = try await pair.bob.finish(bob)
                trial.expect(frames == 0 && status.nextSymbol == 0, "Bob took \(status.nextSymbol) symbols")
                let said = pair.bob.wire.arrivals(since: start).contains { $0.template == LogMessage.templateID }
                trial.expect(said, "he said nothing of it in a log message")
            },
            ConformanceCheck(
                pair: "pair-strangers", "A Bob does not follow an Alice of another session",
                says: "a beacon of another session is dropped"
            ) { pair, trial in
                let (hers, his) = try await plans(pair)
                var other = hers
                other.sessionId ^= 1
                let bob = try await pair.bob.start(his)
                let alice = try await pair.alice.start(other)
                try await pair.clock.sleep(for: .milliseconds(500))
                let status = try await pair.bob.status()
                let frames = bob.recorder.frameCount
                _ = try await pair.alice.finish(alice)
                let after = try await pair.bob.status()
                _ = try await pair.bob.finish(bob)
                trial.expect(frames == 0 && status.nextSymbol == 0, "Bob took \(status.nextSymbol) symbols")
                trial.expect(after.state == .streaming, "Bob ended when the other session did: he is \(after.state)")
                if pair.bob.can(.standalone) { try await strangersOfStandalone(pair, trial) }
            },
        ] + [correlation]

    /// Alice's own samples of an interval that lies within one of her frames.
    private static func aliceSamples(_ recording: Recording, _ first: UInt64, _ bytes: Int) -> [UInt8]? {
        let slot = first / UInt64(recording.request.symbolsPerFrame) * UInt64(recording.request.symbolsPerFrame)
        guard let frame = recording.training[slot] else { return nil }
        let offset = 4 * Int(first - slot)
        guard offset + bytes <= frame.count else { return nil }
        return Array(frame[offset..<offset + bytes])
    }

    /// A Bob who counts by himself is no concern of any Alice's, not even of one with his session's number.
    private static func strangersOfStandalone(_ pair: TestedPair, _ trial: Trial) async throws {
        var (hers, his) = try await plans(pair)
        (his.options, hers.options) = (.standalone, [])
        let bob = try await pair.bob.start(his)
        let alice = try await pair.alice.start(hers)
        try await pair.clock.sleep(for: .milliseconds(300))
        _ = try await pair.alice.finish(alice)
        let after = try await pair.bob.status()
        let recording = try await pair.bob.finish(bob)
        trial.expect(after.state == .streaming, "a standalone Bob ended when Alice did: he is \(after.state)")
        let followed = recording.measured.contains { [.signal, .training].contains($0.message.kind) }
        trial.expect(!followed, "a standalone Bob followed Alice's counter")
    }

    private static func plans(_ pair: TestedPair) async throws -> (alice: StartStream, bob: StartStream) {
        try await pair.alice.bring(to: .ready)
        try await pair.bob.bring(to: .ready)
        var bob = try await pair.bob.plan(
            options: pair.bob.can(.disclosure) ? .deliverDisclosed : [], vacuum: 0.5, dark: 0)
        var alice = try await pair.alice.plan(options: [])
        alice.sessionId = bob.sessionId
        alice.symbolsPerFrame = max(alice.symbolsPerFrame, bob.symbolsPerFrame)
        alice.frameBytes = max(alice.frameBytes, bob.frameBytes)
        alice.symbolRate = min(alice.symbolRate, bob.symbolRate)
        (bob.symbolsPerFrame, bob.frameBytes, bob.symbolRate) =
            (alice.symbolsPerFrame, alice.frameBytes, alice.symbolRate)
        return (alice, bob)
    }

    /// The one session that several checks look at; made when the first of them needs it.
    static func shared(_ pair: TestedPair) async throws -> PairSession {
        if let session = pair.sharedSession { return session }
        let (hers, his) = try await plans(pair)
        let start = pair.bob.wire.mark
        let bob = try await pair.bob.start(his, keepsTraining: true)
        let alice = try await pair.alice.start(hers, keepsTraining: true)
        let wanted =
            UInt64(max(120, min(400, Int(3 * hers.symbolRate / Double(hers.symbolsPerFrame)))))
            * UInt64(hers.symbolsPerFrame)
        let seconds = Double(wanted) / hers.symbolRate
        try await bob.recorder.waits(within: .seconds(2 * seconds + 2)) { $0.nextSymbol >= wanted }
        let aliceRecording = try await pair.alice.finish(alice)
        // He has to end by himself; the StopStream that follows only asks how.
        let changes = try await changes(pair.bob, since: start, until: .ready, within: .seconds(2))
        let session = PairSession(alice: aliceRecording, bob: try await pair.bob.finish(bob), changes: changes)
        pair.sharedSession = session
        return session
    }
}
