import { testUnderstood } from '../../support/qemu-args.ts';

testUnderstood([
  // Memory
  ['-mem-path /dev/hugepages -mem-prealloc', '/dev/hugepages memory rw created'],
  ['-object memory-backend-file,id=m,mem-path=m,size=1G,share=on', '/vm/m memory rw created'],
  [
    '-object {"qom-type":"memory-backend-file","id":"m","mem-path":"/m","readonly":true,"size":1}',
    '/m memory ro',
  ],
  ['-object memory-backend-memfd,id=m,size=1G,hugetlb=on -object memory-backend-ram,id=n,size=1G'],
  ['-object memory-backend-shm,id=m,size=1G', '/dev/shm memory rw'],
  [
    '-object memory-backend-epc,id=m,size=1M',
    '/dev/sgx_vepc device-node rw',
    '/dev/sgx_provision device-node ro optional',
  ],
  // Secrets
  ['-object secret,id=s,file=k,format=base64', '/vm/k secret ro'],
  ['-object secret_keyring,id=s,serial=7 -object rng-builtin,id=r -object rng-egd,id=e,chardev=c'],
  [
    '-object tls-creds-x509,id=t,dir=/pki',
    '/pki/ca-cert.pem secret ro',
    '/pki/client-cert.pem secret ro optional',
    '/pki/client-key.pem secret ro optional',
  ],
  [
    '-object {"qom-type":"tls-creds-psk","id":"t","dir":"psk","endpoint":"server"}',
    '/vm/psk/keys.psk secret ro',
    '/vm/psk/dh-params.pem secret ro optional',
  ],
  [
    '-object tls-creds-anon,id=t,dir=/a,endpoint=server -object tls-creds-anon,id=u',
    '/a/dh-params.pem secret ro optional',
  ],
  // Random numbers
  ['-object rng-random,id=r', '/dev/urandom rng ro'],
  ['-object rng-random,id=r,filename=/dev/random', '/dev/random rng ro'],
  ['-object {"qom-type":"rng-random","id":"r","filename":"/dev/hwrng"}', '/dev/hwrng rng ro'],
  ['-object rng-builtin,id=r -object iothread,id=i'],
  [
    '-chardev {"id":"c","backend":{"type":"socket","data":{"addr":{"type":"unix","data":{"path":"/c"}}}}}',
    '/c socket rw created',
  ],
  [
    '-chardev {"id":"c","backend":{"type":"socket","data":{"server":false,"addr":{"type":"unix","data":{"path":"/c"}}}}}',
    '/c socket rw',
  ],
]);
