import Glibc

/// The two threads that serve one plugged-in device, and their socket.
///
/// Neither can block the other for good: the kernel too reads and writes in separate threads, so it always takes what
/// we write and we always take what it sends.
final class USBIPServer: Sendable {
    private let socket: Int32
    private let descriptors: USBDescriptors
    private let delegate: any USBIPDelegate
    private let transfers: Monitored<USBIPTransfers>
    private let threads = Monitored<[pthread_t]>([])
    private let isStopping = Monitored(false)

    private init(socket: Int32, descriptors: USBDescriptors, delegate: any USBIPDelegate) {
        self.socket = socket
        self.descriptors = descriptors
        self.delegate = delegate
        transfers = Monitored(USBIPTransfers(descriptors))
    }

    /// Takes ownership of `socket` and serves it until `stop()` or until the host closes it.
    static func start(
        socket: Int32, descriptors: USBDescriptors, delegate: any USBIPDelegate
    ) throws(USBIPError) -> USBIPServer {
        let server = USBIPServer(socket: socket, descriptors: descriptors, delegate: delegate)
        do throws(USBIPError) {
            try server.launch { $0.read() }
            try server.launch { $0.write() }
        } catch {
            server.stop()
            throw error
        }
        return server
    }

    /// Ends both threads, waits for them and closes the socket. Once only.
    func stop() {
        isStopping.with { $0 = true }
        transfers.update { $0.stop() }
        shutdown(socket, Int32(SHUT_RDWR))
        for thread in threads.with({ $0 }) {
            precondition(pthread_equal(thread, pthread_self()) == 0, "a USB device cannot be detached by its delegate")
            pthread_join(thread, nil)
        }
        close(socket)
    }

    func wake(_ endpoint: UInt8) {
        transfers.update { $0.wake(endpoint) }
    }

    /// What a thread is to do, boxed for C.
    private final class Job: Sendable {
        let server: USBIPServer
        let body: @Sendable (USBIPServer) -> Void

        init(server: USBIPServer, body: @escaping @Sendable (USBIPServer) -> Void) {
            self.server = server
            self.body = body
        }
    }

    private func launch(_ body: @escaping @Sendable (USBIPServer) -> Void) throws(USBIPError) {
        let job = Unmanaged.passRetained(Job(server: self, body: body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let job = Unmanaged<Job>.fromOpaque(context).takeRetainedValue()
                job.body(job.server)
                return nil
            }, job.toOpaque())
        guard code == 0 else {
            job.release()
            throw .systemCall(name: "pthread_create", code: code)
        }
        threads.with { $0.append(thread) }
    }

    // MARK: Reading thread

    private func read() {
        var requests = USBStandardRequests(descriptors)
        var payload = Scratch()
        let header = UnsafeMutableRawBufferPointer.allocate(byteCount: USBIPMessage.headerSize, alignment: 16)
        defer { header.deallocate() }
        while receive(into: header), let command = USBIPMessage.decode(header.bytes) {
            switch command {
            case .unlink(let sequence, let target):
                transfers.update { $0.unlink(sequence: sequence, target: target) }
            case .submit(let submit):
                var data = UnsafeMutableRawBufferPointer(start: nil, count: 0)
                if !submit.isIn && submit.length > 0 {
                    data = payload.buffer(submit.length)
                    guard receive(into: data) else { return disconnected() }
                }
                serve(submit, data: UnsafeRawBufferPointer(data), &requests)
            }
        }
        disconnected()
    }

    /// The host closed the connection, or its framing is lost, which leaves nothing but to close it.
    private func disconnected() {
        transfers.update { $0.stop() }
        shutdown(socket, Int32(SHUT_RDWR))
        if !isStopping.with({ $0 }) { delegate.hostDisconnected() }
    }

    private func receive(into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        var done = 0
        while done < buffer.count {
            let count = recv(socket, buffer.baseAddress?.advanced(by: done), buffer.count - done, 0)
            if count > 0 {
                done += count
            } else if count == 0 || errno != EINTR {
                return false
            }
        }
        return true
    }

    private func serve(
        _ submit: USBIPMessage.Submit, data: UnsafeRawBufferPointer, _ requests: inout USBStandardRequests
    ) {
        let transfer = USBIPTransfers.Pending(sequence: submit.sequence, length: submit.length)
        if submit.endpoint == 0 {
            serveControl(submit, data: data, &requests)
        } else if submit.isIn {
            transfers.update { $0.submitIn(endpoint: submit.endpoint, transfer) }
        } else {
            var isAdmitted = false
            transfers.update { isAdmitted = $0.admitsOut(endpoint: submit.endpoint, transfer) }
            guard isAdmitted else { return }
            let result = delegate.bulkOut(endpoint: submit.endpoint, bytes: data.bytes)
            transfers.update { $0.finishOut(endpoint: submit.endpoint, transfer, result) }
        }
    }

    private func serveControl(
        _ submit: USBIPMessage.Submit, data: UnsafeRawBufferPointer, _ requests: inout USBStandardRequests
    ) {
        let setup = submit.setup
        let result: ControlResult
        if setup.isStandard {
            let outcome = transfers.with { transfers in requests.handle(setup, isHalted: transfers.isHalted) }
            result = carryOut(outcome)
        } else {
            result = delegate.control(setup, data: Array(data))
        }
        transfers.update { transfers in
            switch result {
            case .acknowledged:
                transfers.reply(to: submit.sequence, status: 0, actualLength: submit.isIn ? 0 : submit.length)
            case .data(let bytes):
                let answer = submit.isIn ? Array(bytes.prefix(submit.length)) : []
                transfers.reply(to: submit.sequence, status: 0, actualLength: answer.count, data: answer)
            case .stall:
                transfers.reply(to: submit.sequence, status: -EPIPE)
            }
        }
    }

    /// Done before the answer is written: a host that has it may rely on it.
    private func carryOut(_ outcome: USBStandardRequests.Outcome) -> ControlResult {
        switch outcome {
        case .answer(let bytes):
            return .data(bytes)
        case .acknowledged:
            break
        case .configured(let value):
            transfers.update { $0.startAfresh(interface: nil) }
            delegate.configured(value)
        case .interfaceReset(let interface):
            transfers.update { $0.startAfresh(interface: interface) }
        case .setHalt(let endpoint):
            transfers.update { $0.setHalt(endpoint) }
        case .clearHalt(let endpoint):
            transfers.update { $0.clearHalt(endpoint) }
            delegate.haltCleared(endpoint: endpoint)
        case .stall:
            return .stall
        }
        return .acknowledged
    }

    // MARK: Writing thread

    private func write() {
        var scratch = Scratch()
        let sender = USBIPSender(socket: socket)
        while true {
            let succeeded: Bool
            switch transfers.wait(until: { $0.nextWork() }) {
            case .stop:
                return
            case .write(let reply):
                succeeded = reply.data.withUnsafeBytes { sender.send(reply, $0) }
            case .fill(let endpoint, let transfer):
                let buffer = scratch.buffer(transfer.length)
                let result = delegate.fillBulkIn(endpoint: endpoint, into: buffer)
                guard let reply = transfers.with({ $0.finishFill(result) }) else { continue }
                var count = 0
                if case .data(let octets) = result { count = octets }
                succeeded = sender.send(reply, UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
            if !succeeded {
                // The reading thread sees the end of the socket and tells the delegate.
                shutdown(socket, Int32(SHUT_RDWR))
                return
            }
        }
    }
}

/// Memory of one thread for the transfer at hand: grows to the largest transfer and stays.
private struct Scratch: ~Copyable {
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    deinit {
        memory.deallocate()
    }

    /// `count` octets, uninitialised or left over from the transfer before.
    mutating func buffer(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if memory.count < count {
            memory.deallocate()
            memory = .allocate(byteCount: (count + 4095) & ~4095, alignment: 4096)
        }
        return UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
    }
}
