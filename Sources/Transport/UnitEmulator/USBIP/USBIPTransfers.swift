import Glibc

/// Which transfers wait, and which answers are to be written, in which order: the server's state as a value.
///
/// The reading thread feeds it commands, the writing thread takes work out. Arrays are used as queues: a host keeps a
/// few dozen transfers at most, and shifting those is cheaper than anything cleverer; they keep their capacity, so
/// nothing is allocated per transfer.
struct USBIPTransfers {
    /// An answer to write.
    struct Reply {
        enum Kind: Equatable { case completion(actualLength: Int), unlinked }
        var kind: Kind
        var sequence: UInt32
        /// 0 or a negative errno.
        var status: Int32
        /// Data stage of a control transfer; otherwise empty, which needs no memory.
        var data: [UInt8] = []
    }

    /// A transfer that waits for data.
    struct Pending {
        var sequence: UInt32
        var length: Int
    }

    /// What the writing thread does next.
    enum Work {
        case write(Reply)
        /// Ask the delegate to fill this transfer, then call `finishFill`.
        case fill(endpoint: UInt8, Pending)
        case stop
    }

    private struct Endpoint {
        let descriptor: USBDescriptors.Endpoint
        var pending: [Pending] = []
        var isHalted = false
        var isSilent = false
        /// IN: the delegate has not refused since the last wake.
        var isReady = true

        init(_ descriptor: USBDescriptors.Endpoint) {
            self.descriptor = descriptor
            pending.reserveCapacity(64)
        }

        var address: UInt8 { descriptor.address }
        var isIn: Bool { address & 0x80 != 0 }

        mutating func startAfresh() {
            isHalted = false
            isSilent = false
            isReady = true
        }
    }

    /// The transfer that the delegate is filling at this moment, out of its queue.
    private struct Filling {
        var index: Int
        var transfer: Pending
        /// Sequence number of the unlink that arrived meanwhile.
        var unlink: UInt32?
    }

    private var endpoints: [Endpoint]
    private var replies: [Reply] = []
    private var filling: Filling?
    private var next = 0
    private var isStopped = false

    init(_ descriptors: USBDescriptors) {
        endpoints = descriptors.endpoints.map(Endpoint.init)
        replies.reserveCapacity(64)
    }

    // MARK: Reading thread

    mutating func reply(to sequence: UInt32, status: Int32, actualLength: Int = 0, data: [UInt8] = []) {
        replies.append(
            Reply(kind: .completion(actualLength: actualLength), sequence: sequence, status: status, data: data))
    }

    /// Queues an IN transfer.
    mutating func submitIn(endpoint: UInt8, _ transfer: Pending) {
        guard let index = index(of: endpoint) else { return reply(to: transfer.sequence, status: -EPIPE) }
        endpoints[index].pending.append(transfer)
    }

    /// Whether an OUT transfer goes to the delegate; if not it has been dealt with.
    mutating func admitsOut(endpoint: UInt8, _ transfer: Pending) -> Bool {
        guard let index = index(of: endpoint), !endpoints[index].isHalted else {
            reply(to: transfer.sequence, status: -EPIPE)
            return false
        }
        guard !endpoints[index].isSilent else {
            endpoints[index].pending.append(transfer)
            return false
        }
        return true
    }

    mutating func finishOut(endpoint: UInt8, _ transfer: Pending, _ result: BulkOutResult) {
        guard let index = index(of: endpoint) else { return }
        switch result {
        case .accepted:
            reply(to: transfer.sequence, status: 0, actualLength: transfer.length)
        case .stall:
            endpoints[index].isHalted = true
            reply(to: transfer.sequence, status: -EPIPE)
        case .protocolError:
            reply(to: transfer.sequence, status: -EPROTO)
        case .silent:
            endpoints[index].isSilent = true
            endpoints[index].pending.append(transfer)
        }
    }

    /// Takes a transfer back, or says that it was completed before.
    ///
    /// A completion must never follow −ECONNRESET for the same transfer: the kernel would no longer know it and drop
    /// the whole connection. So one that is being filled is left to `finishFill`.
    mutating func unlink(sequence: UInt32, target: UInt32) {
        if filling?.transfer.sequence == target {
            filling?.unlink = sequence
            return
        }
        var status: Int32 = 0
        for index in endpoints.indices {
            guard let position = endpoints[index].pending.firstIndex(where: { $0.sequence == target }) else { continue }
            endpoints[index].pending.remove(at: position)
            status = -ECONNRESET
            break
        }
        replies.append(Reply(kind: .unlinked, sequence: sequence, status: status))
    }

    func isHalted(_ endpoint: UInt8) -> Bool {
        index(of: endpoint).map { endpoints[$0].isHalted } ?? false
    }

    mutating func setHalt(_ endpoint: UInt8) {
        if let index = index(of: endpoint) { endpoints[index].isHalted = true }
    }

    /// Ends a halt. A silent endpoint stays silent: a wedged device answers no request that mends only a stall.
    mutating func clearHalt(_ endpoint: UInt8) {
        guard let index = index(of: endpoint) else { return }
        endpoints[index].isHalted = false
        endpoints[index].isReady = true
    }

    /// New configuration (`interface` nil) or interface: halts and silence end.
    mutating func startAfresh(interface: UInt8?) {
        for index in endpoints.indices where interface == nil || endpoints[index].descriptor.interface == interface {
            endpoints[index].startAfresh()
        }
    }

    // MARK: Any thread

    mutating func wake(_ endpoint: UInt8) {
        if let index = index(of: endpoint) { endpoints[index].isReady = true }
    }

    mutating func stop() {
        isStopped = true
    }

    // MARK: Writing thread

    /// Answers first: they are short and somebody waits for them. Then IN endpoints in turn, so that a stream does
    /// not starve the replies. Interrupt endpoints wait for ever: nothing here sends notifications.
    mutating func nextWork() -> Work? {
        if isStopped { return .stop }
        if !replies.isEmpty { return .write(replies.removeFirst()) }
        for step in 0..<endpoints.count {
            let index = (next + step) % endpoints.count
            guard endpoints[index].isIn, endpoints[index].descriptor.isBulk else { continue }
            guard !endpoints[index].isSilent, !endpoints[index].pending.isEmpty else { continue }
            if endpoints[index].isHalted {
                let transfer = endpoints[index].pending.removeFirst()
                return .write(Reply(kind: .completion(actualLength: 0), sequence: transfer.sequence, status: -EPIPE))
            }
            guard endpoints[index].isReady else { continue }
            // Cleared before the delegate is asked: a wake that comes while it refuses is not lost.
            endpoints[index].isReady = false
            let transfer = endpoints[index].pending.removeFirst()
            filling = Filling(index: index, transfer: transfer, unlink: nil)
            next = index + 1
            return .fill(endpoint: endpoints[index].address, transfer)
        }
        return nil
    }

    /// Ends what `nextWork` began; returns the completion to write at once, before any other answer.
    mutating func finishFill(_ result: BulkInResult) -> Reply? {
        guard let filled = filling else { preconditionFailure("finishFill() without a fill") }
        filling = nil
        var status: Int32 = 0
        var length = 0
        switch result {
        case .nothingYet, .silent:
            if result == .silent { endpoints[filled.index].isSilent = true }
            if let unlink = filled.unlink {
                replies.append(Reply(kind: .unlinked, sequence: unlink, status: -ECONNRESET))
            } else {
                endpoints[filled.index].pending.insert(filled.transfer, at: 0)
            }
            return nil
        case .data(let count):
            precondition(count >= 0 && count <= filled.transfer.length, "more data than the transfer holds")
            length = count
        case .stall:
            endpoints[filled.index].isHalted = true
            status = -EPIPE
        case .protocolError:
            status = -EPROTO
        case .overflow:
            status = -EOVERFLOW
        }
        endpoints[filled.index].isReady = true
        if let unlink = filled.unlink {
            // Too late: the data is on its way, as it would be on a wire.
            replies.append(Reply(kind: .unlinked, sequence: unlink, status: 0))
        }
        return Reply(kind: .completion(actualLength: length), sequence: filled.transfer.sequence, status: status)
    }

    private func index(of endpoint: UInt8) -> Int? {
        endpoints.firstIndex { $0.address == endpoint }
    }
}
