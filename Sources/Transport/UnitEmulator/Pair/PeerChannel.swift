internal import UnitProtocol

/// The two units' own classical channel: real frames of channel 5 through a pipe without delay. Two buffers, made once,
/// carry everything: Bob's records go one way; beacons and disclosures come the other.
///
/// A message that is lost, or that does not decode, is as if it had not been sent.
final class PeerChannel {
    private unowned let alice: UnitFirmware
    private unowned let bob: UnitFirmware
    // SAFETY: allocated for the channel's life; used under the pair's lock only.
    private let fromAlice = UnsafeMutableRawBufferPointer.allocate(byteCount: Frame.maximumBytes, alignment: 64)
    private let fromBob = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 64)
    private let scratch = UnsafeMutableBufferPointer<Int16>.allocate(capacity: Frame.maximumBytes / 2)
    private var aliceNumber: UInt32 = 0
    private var bobNumber: UInt32 = 0
    /// Where Alice's samples lie in her last disclosure.
    private(set) var disclosedSamples: UnsafeRawBufferPointer?
    /// Messages that arrived.
    private(set) var delivered: UInt64 = 0

    init(alice: UnitFirmware, bob: UnitFirmware) {
        self.alice = alice
        self.bob = bob
    }

    deinit {
        fromAlice.deallocate()
        fromBob.deallocate()
        scratch.deallocate()
    }

    var isCut: Bool { alice.faults.peerIsLost || bob.faults.peerIsLost }

    /// Alice to Bob: where her counter is.
    func send(_ beacon: SymbolBeacon, now: UInt64) {
        guard !isCut, let message = pass(beacon, fromAlice, &aliceNumber) else { return }
        bob.hear(message, now: now)
    }

    /// Bob to Alice: these symbols are recorded. Returns whether they were training, nil if no answer came.
    func record(_ record: ReceptionRecord) -> Bool? {
        disclosedSamples = nil
        guard !isCut, let message = pass(record, fromBob, &bobNumber) else { return nil }
        let length = write(fromAlice, &aliceNumber) { (writer) throws(MessageFault) in
            try alice.disclose(message, scratch: scratch, into: &writer)
        }
        guard let length else { return nil }
        return readDisclosure(of: message, length: length)
    }

    private func readDisclosure(of record: ReceptionRecord, length: Int) -> Bool? {
        let bytes = UnsafeRawBufferPointer(fromAlice).bytes
        do {
            let header = try Frame.decode(bytes)
            var reader = try MessageReader(bytes.extracting(Frame.headerBytes..<header.length))
            let disclosure = try reader.block(as: TrainingDisclosure.self)
            guard disclosure.sessionId == record.sessionId, disclosure.firstSymbol == record.firstSymbol,
                disclosure.count == record.count
            else { return nil }
            let count = try reader.data(TrainingDisclosure.samples).byteCount
            disclosedSamples = UnsafeRawBufferPointer(rebasing: fromAlice[header.length - count..<header.length])
            delivered += 1
            return disclosure.training
        } catch {
            return nil
        }
    }

    /// Writes a message as a frame into a buffer, and reads it back as the other end does.
    private func pass<Message: UnitMessage>(
        _ message: Message, _ buffer: UnsafeMutableRawBufferPointer, _ number: inout UInt32
    ) -> Message? {
        let length = write(buffer, &number) { (writer) throws(MessageFault) in try writer.write(message) }
        guard length != nil, let header = try? Frame.decode(UnsafeRawBufferPointer(buffer).bytes) else { return nil }
        delivered += 1
        let bytes = UnsafeRawBufferPointer(buffer).bytes.extracting(Frame.headerBytes..<header.length)
        return try? MessageReader(bytes).block(as: Message.self)
    }

    private func write(
        _ buffer: UnsafeMutableRawBufferPointer, _ number: inout UInt32,
        _ body: (inout MessageWriter) throws(MessageFault) -> Void
    ) -> Int? {
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[Frame.headerBytes...])
        guard let count = try? ControlFrame.write(into: room, body), count > 0 else { return nil }
        let length = Frame.headerBytes + count
        var bytes = buffer.mutableBytes
        Frame.seal(FrameHeader(channel: .peer, length: length, number: number), into: &bytes)
        number &+= 1
        return length
    }
}
