internal import CUnitIO
internal import Glibc

/// What the thread of a `FunctionFSDevice` does: events of endpoint 0, requests on the three others.
final class FunctionFSLoop: @unchecked Sendable {
    // SAFETY: after init everything is touched by the device's one thread only.
    private unowned let device: FunctionFSDevice
    private let endpointZero: OwnedFile
    private let context: OpaquePointer
    private var requests: EndpointQueue
    private var replies: EndpointQueue
    private var stream: EndpointQueue
    private let packet: Int
    private var isEnabled = false
    /// Counts how often the endpoints were enabled: a request of an earlier life says nothing about this one.
    private var life = 0
    private var epoch: UInt64 = 0
    private var wantsHalt = false
    private var isSilent = false

    /// Reads in flight, writes of replies, and writes of the stream: 1 MiB at SuperSpeed, half of that at high speed.
    private static let depths = (requests: 4, replies: 8, stream: 8)

    /// Tells FunctionFS what the function is, which makes its endpoint files.
    init(device: FunctionFSDevice, directory: String, speed: USBSpeed) throws(GadgetError) {
        self.device = device
        packet = speed == .superSpeed ? 1024 : 512
        let endpointZero = try OwnedFile("\(directory)/ep0")
        try Self.write(FunctionDescriptors.descriptors, to: endpointZero.number, "\(directory)/ep0")
        try Self.write(FunctionDescriptors.strings, to: endpointZero.number, "\(directory)/ep0")
        // They appear with the descriptors.
        let requestFile = try OwnedFile("\(directory)/ep1")
        let replyFile = try OwnedFile("\(directory)/ep2")
        let streamFile = try OwnedFile("\(directory)/ep3")
        let total = Self.depths.requests + Self.depths.replies + Self.depths.stream
        guard let context = cu_aio_create(UInt32(total), device.completionEvent) else {
            throw .system(call: "io_setup", path: "", code: errno)
        }
        self.context = context
        self.endpointZero = endpointZero
        var first = 0
        func slots(_ count: Int) -> Range<Int> {
            defer { first += count }
            return first..<first + count
        }
        requests = EndpointQueue(
            address: UnitUSBDescriptors.requestEndpoint, file: requestFile, bytes: 8192,
            slots: slots(Self.depths.requests), context: context)
        replies = EndpointQueue(
            address: UnitUSBDescriptors.replyEndpoint, file: replyFile, bytes: 8192,
            slots: slots(Self.depths.replies), context: context)
        stream = EndpointQueue(
            address: UnitUSBDescriptors.streamEndpoint, file: streamFile,
            bytes: speed == .superSpeed ? 131_072 : 65_536, slots: slots(Self.depths.stream), context: context)
    }

    private static func write(_ bytes: [UInt8], to file: Int32, _ path: String) throws(GadgetError) {
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else { throw GadgetFiles.failure("write", path) }
    }

    func run() {
        while true {
            let hasEvent = device.wait(endpointZero.number)
            let (delegate, isStopping) = device.orders()
            if isStopping { break }
            if hasEvent { readEvents(delegate) }
            reap(delegate)
            guard isEnabled, let delegate else { continue }
            serve(delegate)
        }
        // Waits for every request: the buffers may go then.
        cu_aio_destroy(context)
    }

    // MARK: Endpoint 0

    private func readEvents(_ delegate: (any USBIPDelegate)?) {
        var bytes = [UInt8](repeating: 0, count: 4 * FunctionEvent.size)
        let count = read(endpointZero.number, &bytes, bytes.count)
        guard count > 0 else { return }
        for event in FunctionEvent.decode(bytes[..<count]) {
            switch event {
            case .enabled: startAfresh(delegate)
            case .disabled, .unbound:
                isEnabled = false
                // After a detach nobody is told: the unit has left by itself.
                delegate?.configured(0)
            case .setup(let setup): refuse(setup)
            // A sleeping host stops its heartbeats, and the unit goes dark by itself.
            case .bound, .suspended, .resumed, .unknown: break
            }
        }
    }

    private func startAfresh(_ delegate: (any USBIPDelegate)?) {
        isEnabled = true
        life += 1
        wantsHalt = false
        isSilent = false
        replies.startAfresh()
        stream.startAfresh()
        delegate?.configured(1)
        epoch = delegate?.epoch(endpoint: stream.address) ?? 0
        device.setReady(replies.address)
        device.setReady(stream.address)
    }

    /// A transfer in the wrong direction stalls a control request. The vendor interface has none.
    private func refuse(_ setup: USBSetup) {
        var nothing: UInt8 = 0
        _ = setup.isIn ? read(endpointZero.number, &nothing, 0) : Glibc.write(endpointZero.number, &nothing, 0)
    }

    // MARK: Requests

    private func reap(_ delegate: (any USBIPDelegate)?) {
        var completions = [cu_aio_completion](repeating: cu_aio_completion(), count: 32)
        while true {
            let count = Int(cu_aio_reap(context, &completions, 32))
            guard count > 0 else { return }
            for completion in completions[..<count] { ended(Int(completion.slot), completion.result, delegate) }
        }
    }

    private func ended(_ slot: Int, _ result: Int64, _ delegate: (any USBIPDelegate)?) {
        let started: Int
        if requests.slots.contains(slot) {
            let (buffer, life) = requests.ended(slot)
            started = life
            if result > 0, life == self.life, let delegate {
                let transfer = UnsafeRawBufferPointer(rebasing: buffer[..<Int(result)])
                _ = delegate.bulkOut(endpoint: requests.address, bytes: transfer.bytes)
            }
        } else if replies.slots.contains(slot) {
            started = replies.ended(slot).life
            device.setReady(replies.address)
        } else {
            started = stream.ended(slot).life
            device.setReady(stream.address)
        }
        // The endpoint is off: no use in trying again before it is on.
        if result == Int64(-ESHUTDOWN) && started == life { isEnabled = false }
    }

    private func serve(_ delegate: any USBIPDelegate) {
        while requests.spareCount > 0 { guard requests.read(life: life) else { break } }
        // Two slots: a reply and the empty packet behind it.
        while replies.spareCount >= 2, device.takeReady(replies.address) {
            guard case .data(let count) = delegate.fillBulkIn(endpoint: replies.address, into: replies.nextBuffer)
            else { break }
            device.setReady(replies.address)
            let isWhole = count % packet == 0 && count < replies.bytes
            guard replies.write(count, endsTransfer: true, life: life) else { break }
            if isWhole && count > 0 { _ = replies.write(0, endsTransfer: true, life: life) }
        }
        serveStream(delegate)
    }

    private func serveStream(_ delegate: any USBIPDelegate) {
        let epoch = delegate.epoch(endpoint: stream.address)
        if epoch != self.epoch {
            // What waits on the endpoint is of a session that is over.
            guard stream.isIdle else { return stream.cancel() }
            self.epoch = epoch
            stream.startAfresh()
        }
        if wantsHalt {
            guard stream.isIdle, stream.halt() else { return }
            wantsHalt = false
            delegate.haltCleared(endpoint: stream.address)
            device.setReady(stream.address)
        }
        while !isSilent, stream.spareCount >= 2, device.takeReady(stream.address) {
            switch delegate.fillBulkIn(endpoint: stream.address, into: stream.nextBuffer) {
            case .data(let count) where count > 0:
                let isFull = count == stream.bytes
                guard stream.write(count, endsTransfer: !isFull, life: life) else { return }
                if !isFull && count % packet == 0 { _ = stream.write(0, endsTransfer: true, life: life) }
                device.setReady(stream.address)
            case .data, .nothingYet:
                if stream.isOpen { _ = stream.write(0, endsTransfer: true, life: life) }
                return
            case .stall:
                wantsHalt = true
                // What is on its way leaves first.
                if stream.isIdle { serveStream(delegate) }
                return
            case .silent: isSilent = true
            // A gadget cannot make a packet that is broken or too long.
            case .protocolError, .overflow: return
            }
        }
    }
}
